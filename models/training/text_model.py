"""The text transformer in PyTorch: all-MiniLM-L6-v2 (Apache-2.0), and its fine-tuning on ECG language.

Fine-tuning (`tune`) keeps the English space where it is and pulls German, Swedish and telegraphic wording
into it: the vector of a report in its own words nears the original model's vector of its translation
(Reimers and Gurevych 2020, multilingual distillation); English wordings stay near their own original
vectors; and wordings of one concept near each other, away from other concepts'.
"""
import copy
import hashlib
import json
import time

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional as F

from model import unit
from text_export import MAX_TOKENS, minilm_folder

NEAR_LENGTH = 8        # a batch of text pairs comes from this many batches of about its length


def load_bert():
    from transformers import BertModel
    return BertModel.from_pretrained(minilm_folder(), attn_implementation="eager", add_pooling_layer=False).eval()


def load_tokenizer():
    tokenizer = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def token_batch(tokenizer, texts):
    """-> input_ids, attention_mask int64 [B, S]."""
    encoded = [e.ids for e in tokenizer.encode_batch([t.lower() for t in texts])]
    width = max(map(len, encoded))
    ids = torch.zeros(len(encoded), width, dtype=torch.long)
    for row, one in enumerate(encoded):
        ids[row, :len(one)] = torch.tensor(one)
    return ids, (ids != 0).long()


def sentence_vectors(bert, ids, mask):
    """Masked mean of the last hidden states [B, 384], and the states [B, S, 384]."""
    hidden = bert(input_ids=ids, attention_mask=mask).last_hidden_state
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weight).sum(1) / weight.sum(1).clamp_min(1e-9), hidden


@torch.no_grad()
def embed(bert, tokenizer, texts, batch=64):
    """Sentence embeddings float32 [n, 384], in batches of similar length."""
    bert.eval()
    out = np.zeros((len(texts), 384), np.float32)
    order = np.argsort([len(t) for t in texts], kind="stable")
    for i in range(0, len(order), batch):
        part = order[i:i + batch]
        out[part] = sentence_vectors(bert, *token_batch(tokenizer, [texts[j] for j in part]))[0].numpy()
    return out


@torch.no_grad()
def embed_words(bert, tokenizer, texts, limit):
    """One vector a whole word: float16 [n, limit, 384] and a mask [n, limit]; a word is the mean of its pieces."""
    bert.eval()
    vectors, mask = np.zeros((len(texts), limit, 384), np.float16), np.zeros((len(texts), limit), bool)
    order = np.argsort([len(t) for t in texts], kind="stable")
    for i in range(0, len(order), 64):
        part = order[i:i + 64]
        encoded = tokenizer.encode_batch([texts[j].lower() for j in part])
        hidden = sentence_vectors(bert, *token_batch(tokenizer, [texts[j] for j in part]))[1]
        for row, (j, e) in enumerate(zip(part, encoded)):
            words = np.array([-1 if w is None else w for w in e.word_ids])
            for k, word in enumerate(sorted(set(words[words >= 0]))[:limit]):
                vectors[j, k] = hidden[row, :len(words)][torch.from_numpy(words == word)].mean(0).numpy()
                mask[j, k] = True
    return vectors, mask


def tune(pairs, concept_texts, folder, seed, steps, batch=24, rate=4e-5):
    """pairs: (text, English text of the same meaning); concept_texts: a list of wordings a concept.

    Saves the weights in `folder`, under a name made from everything given; returns the tuned BERT.
    """
    given = json.dumps([pairs, concept_texts, seed, steps, batch, rate]).encode()
    file = folder / f"text-{hashlib.sha256(given).hexdigest()[:16]}.pt"
    bert, tokenizer = load_bert(), load_tokenizer()
    if file.exists():
        bert.load_state_dict(torch.load(file))
        return bert.eval()
    torch.manual_seed(seed)
    teacher = copy.deepcopy(bert).eval().requires_grad_(False)
    english = sorted({b for _, b in pairs} | {t for texts in concept_texts for t in texts})
    goal = dict(zip(english, torch.from_numpy(embed(teacher, tokenizer, english))))
    optimiser = torch.optim.AdamW(bert.parameters(), rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    rng, began = np.random.default_rng([seed, 5]), time.time()
    pairs = sorted(pairs, key=lambda pair: len(pair[0]))       # batches of like length: little padding
    bert.train()
    for step in range(steps):
        first = int(rng.integers(len(pairs) - batch * NEAR_LENGTH))
        chosen = first + rng.choice(batch * NEAR_LENGTH, batch, replace=False)
        loss = _distil(bert, tokenizer, [pairs[i] for i in chosen], goal)
        loss = loss + 0.1 * _group(bert, tokenizer, concept_texts, goal, rng)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(bert.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 50 == 0:
            print(f"text, step {step}: loss {float(loss):.4f}, {time.time() - began:.0f} s", flush=True)
    torch.save(bert.state_dict(), file)
    return bert.eval()


def _distil(bert, tokenizer, pairs, goal):
    """Both texts of a pair near the original model's vector of the English one (1 - cosine)."""
    texts = [t for pair in pairs for t in pair]
    got, _ = sentence_vectors(bert, *token_batch(tokenizer, texts))
    wanted = torch.stack([goal[b] for _, b in pairs]).repeat_interleave(2, 0)
    return (1 - F.cosine_similarity(got, wanted)).mean()


def _group(bert, tokenizer, concept_texts, goal, rng, count=16):
    """Two wordings of each of some concepts: they find each other (InfoNCE) and stay near where they were."""
    chosen = [c for c in rng.permutation(len(concept_texts)) if len(concept_texts[c]) > 1][:count]
    texts = [concept_texts[c][k] for c in chosen for k in rng.choice(len(concept_texts[c]), 2, replace=False)]
    got, _ = sentence_vectors(bert, *token_batch(tokenizer, texts))
    first, second = unit(got[0::2]), unit(got[1::2])
    logits = 15.0 * first @ second.T
    target = torch.arange(len(chosen))
    stay = (1 - F.cosine_similarity(got, torch.stack([goal[t] for t in texts]))).mean()
    return 0.5 * (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) + 2.0 * stay
