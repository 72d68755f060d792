#!/usr/bin/env python3
"""Complaints on Twitter, by ten-fold cross-validation: how the encoder does on the set that others publish figures on.

    venv/bin/python training/compare.py complaint-tweets.jsonl [--start models/encoder.gguf]

The set is that of Preoţiuc-Pietro, Gaman and Aletras (Automatically Identifying Complaints in Social Media, ACL 2019), one JSON
object a line with "text" and "complaint" (0 or 1). Published macro-F1 in ten folds: 79 (features, 2019), 87 (a transformer; Jin
and Aletras, 2020), 88.2 (several tasks at once, with other annotations of the same tweets).
"""

import argparse
import json
import random
import re
import sys
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from train import BASE, HEADS, Example, Net, fit, read, scores


def example(tweet, cutter):
    """A tweet as an example of one question only: is it a complaint?"""
    text = re.sub(r"https?://\S+", "", re.sub(r"@\w+", "@you", tweet["text"])).strip()
    labels = ["complaint"] if tweet["complaint"] else []
    made = Example({"subject": "", "text": text, "labels": labels, "severity": 0, "staff": False}, cutter)
    made.counts[:] = [head == "complaint" for head in HEADS]
    return made


def f1(said, there):
    return 2 * (said & there).sum() / max(1, said.sum() + there.sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", help="the tweets, one JSON object a line")
    parser.add_argument("--start", help="a model of train.py to go on from, instead of all-MiniLM-L6-v2")
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    cutter = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    cutter.no_padding()
    cutter.no_truncation()
    tweets = [json.loads(line) for line in Path(options.file).read_text(encoding="utf-8").splitlines()]
    examples = [example(tweet, cutter) for tweet in tweets]
    there = np.array([bool(tweet["complaint"]) for tweet in tweets])
    order = list(range(len(tweets)))
    random.Random(2019).shuffle(order)
    found = np.zeros(len(tweets))
    for fold in range(options.folds):
        torch.manual_seed(fold)
        random.seed(fold)
        judged = order[fold :: options.folds]
        others = [examples[at] for at in set(order) - set(judged)]
        net = Net()
        if options.start:
            read(net, options.start)
        fit(net, len(others), lambda: others, options.epochs, 1e-4, lambda: f"fold {fold + 1} of {options.folds}")
        found[judged] = scores(net, [examples[at] for at in judged])[:, HEADS.index("complaint")]
    each = [f1(found >= 0, there), f1(found < 0, ~there)]
    print(f"{len(tweets)} tweets, {there.sum()} complaints: macro-F1 {np.mean(each):.3f}, of complaints {each[0]:.3f}")


if __name__ == "__main__":
    sys.exit(main())
