"""PyPI's zxing-cpp over a folder of PBM or PGM pages: `peers.py SET FOLDER REPEAT`.

Writes the lines that Tests/Benchmarks/README.md describes under "Lines".
"""

import importlib.metadata
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import zxingcpp
from zxingcpp import BarcodeFormat as F

ENGINE = "zxing-" + importlib.metadata.version("zxing-cpp")
LINEAR = [F.Code128, F.Code39, F.ITF, F.Codabar]
SIX = [F.Code128, F.Code39, F.ITF, F.DataMatrix, F.QRCode, F.PDF417]
SETTINGS = {
    "default": {},
    "six, no invert, no downscale": {"formats": SIX, "try_invert": False, "try_downscale": False},
    "eight, no invert, no downscale":
        {"formats": SIX + [F.Codabar, F.Aztec], "try_invert": False, "try_downscale": False},
    "linear, no downscale": {"formats": LINEAR, "try_downscale": False},
    # Only for black and white: what is not quite black is white to it.
    "linear, BoolCast, no downscale":
        {"formats": LINEAR, "binarizer": zxingcpp.Binarizer.BoolCast, "try_downscale": False},
}
# A format is named by the symbology that it belongs to: `Code39Ext` is Code 39 too.
NAMES = {"Code128": "code128", "Code39": "code39", "ITF": "itf", "Codabar": "codabar", "DataMatrix": "datamatrix",
         "QRCode": "qr", "PDF417": "pdf417", "Aztec": "aztec"}


def load(path: Path) -> tuple[np.ndarray, float]:
    """The page with one byte a pixel, and the milliseconds that the expansion took."""
    magic, size, rest = path.read_bytes().split(b"\n", 2)
    width, height = map(int, size.split())
    if magic == b"P5":
        return np.frombuffer(rest.split(b"\n", 1)[1], np.uint8).reshape(height, width), 0
    packed = np.frombuffer(rest, np.uint8).reshape(height, -1)
    start = time.thread_time()
    gray = (np.unpackbits(packed, axis=1, count=width) - np.uint8(1)) & np.uint8(255)
    return gray, (time.thread_time() - start) * 1e3


def symbology(barcode: zxingcpp.Barcode) -> str:
    name = str(barcode.format).removeprefix("BarcodeFormat.").replace(" ", "")
    return next((ours for theirs, ours in NAMES.items() if name.startswith(theirs)), "other:" + name)


def escaped(data: bytes) -> str:
    return "".join(chr(byte) if 0x20 < byte < 0x7F and byte != 0x25 else f"%{byte:02X}" for byte in data)


def main(name: str, folder: Path, repeat: int) -> None:
    pages = sorted(path for path in folder.iterdir() if path.suffix in (".pbm", ".pgm"))
    for setting, options in SETTINGS.items():
        for path in pages:
            image, expand = load(path)
            times = []
            for _ in range(repeat):
                start = time.thread_time()
                found = zxingcpp.read_barcodes(image, **options)
                times.append((time.thread_time() - start) * 1e3)
            head = f"{ENGINE}\t{setting}\t{name}\t{path.name}"
            print(f"page\t{head}\t{statistics.median(times):.4f}\t{expand:.4f}")
            for barcode in found:
                print(f"read\t{head}\t{symbology(barcode)}\t{escaped(bytes(barcode.bytes))}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
