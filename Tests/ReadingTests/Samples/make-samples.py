#!/usr/bin/env python3
"""Makes the samples of the Reading tests: symbols by zint, one pixel a module, as PBM; one block of text as PBM.

    python3 make-samples.py        (needs zint 2.11, Pillow, DejaVu fonts)

The encoder is not ours on purpose: a reader that is tested with its own encoder can share its mistakes.
"""

import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).parent
# file: zint's number, options, text, whether one row of modules is the whole symbol
SYMBOLS = {
    "code128": ("20", [], "MRN12345674", True),
    "code128-other": ("20", [], "MRN10000016", True),
    "code128-type": ("20", [], "DOCCONSENT", True),
    "code39": ("8", [], "MRN12345674", True),
    "itf": ("3", [], "12345670", True),
    "codabar": ("18", [], "A1234567B", True),
    "datamatrix": ("71", ["--square"], "MRN12345674", False),
    "qr": ("58", [], "MRN12345674", False),
    "qr-link": ("58", [], "https://www.example.org/lungs/9871", False),
    "pdf417": ("55", ["--cols=3"], "MRN12345674", False),
    "aztec": ("92", [], "MRN12345674", False),
    "hibc-code128": ("98", [], "/AC13000179", True),
    "gs1-128": ("16", [], "[8018]376104250021234569", True),
    "gs1-datamatrix": ("71", ["--gs1", "--square"], "[8018]376104250021234569", False),
}
LINES = [
    "Comfortable. Temperature normal since yesterday noon. Dressing dry.",
    "HISTORY: HILL, MILLIE. ILL SINCE 11 NOV; NO ALLERGIES. Eats and drinks.",
    "Blood pressure 120/80, pulse 72, afebrile; 20 mg daily, two tablets.",
    "MINIMUM FILLING LIMIT 1111 ILLUMINATED  IIII HHHH MMMM WWWW 0000",
]


def write(name: str, image: Image.Image) -> None:
    image.convert("1", dither=Image.Dither.NONE).save(HERE / f"{name}.pbm")


def symbol(number: str, options: list[str], text: str, linear: bool) -> Image.Image:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "symbol.png"
        subprocess.run(["zint", "-b", number, "--scale=0.5", "--notext", *options, "-d", text, "-o", str(target)],
                       check=True, capture_output=True)
        picture = Image.open(target).convert("L").point(lambda value: 255 if value >= 128 else 0)
    picture = picture.crop(Image.eval(picture, lambda value: 255 - value).getbbox())
    return picture.crop((0, picture.height // 2, picture.width, picture.height // 2 + 1)) if linear else picture


def text_block() -> Image.Image:
    image = Image.new("L", (1600, 560), 255)
    draw = ImageDraw.Draw(image)
    y = 4
    for size, style in ((28, "Sans"), (34, "Serif"), (40, "Sans-Bold"), (48, "SansMono")):
        for line in LINES[:3 if size < 40 else 4][-2:]:
            face = ImageFont.truetype(f"/usr/share/fonts/truetype/dejavu/DejaVu{style}.ttf", size)
            draw.text((4, y), line, font=face, fill=0)
            y += round(size * 1.6)
    return image.point(lambda value: 255 if value >= 128 else 0)


if __name__ == "__main__":
    for name, arguments in SYMBOLS.items():
        write(name, symbol(*arguments))
    write("text", text_block())
