"""Scores sentences with an exported graph: needs onnxruntime, tokenizers and numpy, and nothing of biasscore.

biasscore export base -o base.onnx
python onnx_without_biasscore.py base.onnx "The senator issued yet another empty warning."
"""

import json
import sys

import numpy as np
import onnxruntime
import tokenizers

session = onnxruntime.InferenceSession(sys.argv[1])
about = json.loads(session.get_modelmeta().custom_metadata_map["biasscore"])
tokenizer = tokenizers.Tokenizer.from_str(about["tokenizer"])
head, fitted = about["heads"]["loaded"], about["calibration"]["maps"]["loaded"]
for sentence in sys.argv[2:]:
    inside = tokenizer.encode(sentence, add_special_tokens=False).ids[: about["max_tokens"] - 2]
    ids = np.array([[about["first"], *inside, about["last"]]])
    feeds = {"ids": ids, "positions": np.arange(ids.size)[None], "segments": np.zeros_like(ids)}
    (rows,) = session.run(["projection"], feeds)
    words = rows[0, 1:-1]  # without the special tokens
    weights = np.exp(words[:, head["attention"]] - words[:, head["attention"]].max())
    logit = weights @ words[:, head["values"][0]] / weights.sum()
    print(1 / (1 + np.exp(-fitted["scale"] * logit - fitted["shift"][0])), sentence)
