"""Windows a second of the ECG encoder in PyTorch, for eval/bench/encoder.ts: the same graph, random weights.

    python models/training/speed.py --batch 16 --seconds 5

Each line on standard input is a number of threads: it is answered with one number, the windows a second of a round
with as many, so that the caller can take turns with another runtime. Weights do not change the time.
"""
import argparse
import sys
import time

import torch

from export import _example
from model import EcgEncoder


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5.0)
    args = parser.parse_args()
    model, inputs = EcgEncoder().eval(), _example(args.batch, 12)
    with torch.inference_mode():
        for _ in range(5):
            model(*inputs)
        print(torch.__version__, flush=True)
        for line in sys.stdin:
            torch.set_num_threads(int(line))
            model(*inputs)
            began, count = time.perf_counter(), 0
            while time.perf_counter() - began < args.seconds:
                model(*inputs)
                count += args.batch
            print(count / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main()
