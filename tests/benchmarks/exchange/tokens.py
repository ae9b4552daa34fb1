#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the ids that bench_tokenize gives with those of Hugging Face's tokenizers and of SentencePiece: of a given
tokenizer and texts, or of texts from this machine's translations and of every character, with models trained on them.
Ends with 1 when one text differs. See ../README.md.
"""
import argparse
import csv
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import time
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]
import environment  # noqa: E402

UNCUT = 1_000_000
CUT = 16


def messages(path):
    """What a .mo file translates to; its first message is its header."""
    data = path.read_bytes()
    _, _, count, _, table = struct.unpack_from("<5I", data)
    for index in range(1, count):
        length, offset = struct.unpack_from("<2I", data, table + 8 * index)
        yield from data[offset:offset + length].decode("utf-8", "ignore").split("\0")


def translations(count):
    """Messages of programs in all languages that /usr/share/locale has, in an order that is always the same."""
    texts = set()
    for path in sorted(pathlib.Path("/usr/share/locale").glob("*/LC_MESSAGES/*.mo")):
        texts.update(text for text in messages(path) if text.strip())
    if len(texts) < count:
        sys.exit(f"/usr/share/locale holds {len(texts)} messages; give --texts, or install packages with translations")
    return random.Random(1).sample(sorted(texts), count)


def every_character():
    """Each between letters, but for capitals that Python's Unicode does not have: a library may be younger than ours."""
    from tokenizers import normalizers
    lower = normalizers.Lowercase()
    characters = [chr(point) for point in range(0x110000) if not 0xD800 <= point <= 0xDFFF]
    return [f"ab{each}cd" for each in characters
            if unicodedata.category(each) != "Cn" or lower.normalize_str(each) == each]


def ours(program, tokenizer, texts, pairs, length, folder):
    """Rows "whole;ids;types" and the microseconds a text."""
    table = folder / "texts.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(["text", "text_pair"] if pairs else ["text"])
        writer.writerows(zip(texts, pairs) if pairs else ([text] for text in texts))
    done = subprocess.run([program, tokenizer, table, str(length)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.split("\n")[:-1], 1e6 * float(done.stderr) / len(texts)


def row(whole, ids, types):
    return f"{whole};{' '.join(map(str, ids))};{' '.join(map(str, types))}"


def wordpiece(tokenizer, texts, pairs, length):
    """The same of Hugging Face, on one thread."""
    given = list(zip(texts, pairs)) if pairs else texts
    tokenizer.no_padding()
    tokenizer.no_truncation()
    begin = time.perf_counter()
    whole = [len(tokenizer.encode(*pair).ids) if pairs else len(tokenizer.encode(pair).ids) for pair in given]
    seconds = time.perf_counter() - begin
    if length < UNCUT:
        tokenizer.enable_truncation(length)
    encoded = tokenizer.encode_batch(given)
    return [row(count, each.ids, each.type_ids) for count, each in zip(whole, encoded)], 1e6 * seconds / len(texts)


def pieces(processor, texts):
    """The same of SentencePiece, with the special tokens that the model has."""
    begin = time.perf_counter()
    encoded = [processor.encode(text) for text in texts]
    seconds = time.perf_counter() - begin
    first, last = [[id] if id >= 0 else [] for id in (processor.bos_id(), processor.eos_id())]
    rows = [first + ids + last for ids in encoded]
    return [row(len(ids), ids, [0] * len(ids)) for ids in rows], 1e6 * seconds / len(texts)


class Comparison:
    def __init__(self, program, folder):
        self.program, self.folder, self.different = program, folder, 0

    def run(self, name, tokenizer, texts, pairs, length, theirs):
        expected, their_time = theirs
        got, our_time = ours(self.program, tokenizer, texts, pairs, length, self.folder)
        if len(got) != len(texts):
            sys.exit(f"{name}: {len(got)} rows for {len(texts)} texts")
        unequal = [index for index in range(len(texts)) if got[index] != expected[index]]
        self.different += len(unequal)
        print(f"| {name} | {len(texts) - len(unequal):,} of {len(texts):,} | {our_time:.1f} | {their_time:.1f} |")
        for index in unequal[:3]:
            print(f"  {texts[index]!r}\n  ours   {got[index]}\n  theirs {expected[index]}")

    def both_lengths(self, name, path, reference, texts):
        """Alone and with the text behind it, whole and cut."""
        for pairs in (None, texts[1:] + texts[:1]):
            for length in (UNCUT, CUT):
                told = name + (", pairs" if pairs else "") + (f", cut to {length}" if length == CUT else "")
                self.run(told, path, texts, pairs, length, wordpiece(reference, texts, pairs, length))


def trained_wordpiece(texts, lower_case, path):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower_case)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=20_000, special_tokens=special,
                                                                   show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.save(str(path))
    vocabulary = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    by_number = sorted(vocabulary, key=vocabulary.get)
    path.with_suffix(".txt").write_text("".join(token + "\n" for token in by_number), encoding="utf-8")
    return tokenizer


def trained_pieces(texts, kind, folder):
    import sentencepiece
    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(text.replace("\n", " ") for text in texts), encoding="utf-8")
    like_t5 = {"bos_id": -1, "eos_id": 1, "pad_id": 0, "unk_id": 2} if kind == "unigram" else {"byte_fallback": True}
    sentencepiece.SentencePieceTrainer.train(input=str(corpus), model_prefix=str(folder / kind), model_type=kind,
                                             vocab_size=8000, character_coverage=0.998, minloglevel=2, **like_t5)
    return folder / f"{kind}.model"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    environment.add_options(parser)
    parser.add_argument("--program", type=pathlib.Path, default=HERE.parents[2] / "build" / "bin" / "bench_tokenize")
    parser.add_argument("--tokenizer", type=pathlib.Path, help="a tokenizer.json instead of trained models")
    parser.add_argument("--texts", type=pathlib.Path, help="a text a line, instead of this machine's translations")
    parser.add_argument("--lines", type=int, default=10_000)
    options = parser.parse_args()
    environment.enter(options.venv)
    import sentencepiece
    from tokenizers import Tokenizer

    if options.texts:
        lines = options.texts.read_text(encoding="utf-8").split("\n")
        texts = [line for line in lines if line.strip()][:options.lines]
    else:
        texts = translations(options.lines)
    print("| tokenizer | equal texts | microseconds a text | theirs |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        comparison = Comparison(options.program, folder)
        if options.tokenizer:
            comparison.both_lengths(options.tokenizer.name, options.tokenizer,
                                    Tokenizer.from_file(str(options.tokenizer)), texts)
            sys.exit(comparison.different > 0)
        characters = every_character()
        for lower_case, told in ((True, "lower case"), (False, "cased")):
            path = folder / f"{lower_case}.json"
            reference = trained_wordpiece(texts, lower_case, path)
            comparison.both_lengths(f"WordPiece, {told}", path, reference, texts)
            comparison.run(f"WordPiece, {told}, vocab.txt", path.with_suffix(".txt"), texts, None, UNCUT,
                           wordpiece(reference, texts, None, UNCUT))
            comparison.run(f"WordPiece, {told}, every character", path, characters, None, UNCUT,
                           wordpiece(reference, characters, None, UNCUT))
        for kind, told in (("unigram", "Unigram"), ("bpe", "BPE")):
            path = trained_pieces(texts, kind, folder)
            processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
            comparison.run(f"SentencePiece, {told}", path, texts, None, UNCUT, pieces(processor, texts))
            comparison.run(f"SentencePiece, {told}, every character", path, characters, None, UNCUT,
                           pieces(processor, characters))
    sys.exit(comparison.different > 0)


if __name__ == "__main__":
    main()
