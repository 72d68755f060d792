"""Counts the trigrams of letters by which a language is told: training/*.jsonl -> src/message/language/trigrams.txt.

A line a language: its code, then the tenfold negative natural logarithm of a share, and the trigrams that have it; `_` is
the end of a word. Run in the root of the repository: python3 training/trigrams.py
"""

import collections
import glob
import json
import math
import re

LANGUAGES = ["en", "de", "fr", "es", "nl", "it", "pt"]
KEPT = 1200

texts = {language: {} for language in LANGUAGES}
for path in sorted(glob.glob("training/*.jsonl")):
    with open(path, encoding="utf-8") as file:
        for line in file:
            mail = json.loads(line)
            if mail["lang"] in texts:
                texts[mail["lang"]][mail["body"]] = True
with open("src/message/language/trigrams.txt", "w", encoding="utf-8") as out:
    for language in LANGUAGES:
        counts = collections.Counter()
        for text in texts[language]:
            letters = "_" + "_".join(re.findall(r"[^\W\d_]+", text.lower())) + "_"
            counts.update(letters[at : at + 3] for at in range(len(letters) - 2))
        total = sum(counts.values())
        groups = collections.defaultdict(list)
        for trigram, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:KEPT]:
            groups[round(-10 * math.log(count / total))].append(trigram)
        words = [f"{share} {' '.join(sorted(group))}" for share, group in sorted(groups.items())]
        out.write(f"{language} {' '.join(words)}\n")
