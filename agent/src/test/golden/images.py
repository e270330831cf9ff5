"""Pictures as other software reads and resizes them: Pillow decodes, plain Python resizes from the definition."""

import math
import pathlib
import random

from PIL import Image

OUT = pathlib.Path(__file__).parent.parent / "resources/golden/image"
WIDTH, HEIGHT = 45, 35


def picture():
    """Gradients, edges and some noise, of sides that are no multiples of a block."""
    noise = random.Random(7)
    image = Image.new("RGB", (WIDTH, HEIGHT))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            red = 5 * x + noise.randrange(20)
            green = 7 * y if (x // 9 + y // 7) % 2 else 255 - 5 * x
            blue = 255 if math.hypot(x - 20, y - 15) < 9 else 3 * (x + y) // 2
            image.putpixel((x, y), (min(red, 255), max(0, min(green, 255)), min(blue, 255)))
    return image


def save(image, name, **options):
    image.save(OUT / name, **options)
    if image.mode != "CMYK":
        (OUT / (name + ".rgb")).write_bytes(Image.open(OUT / name).convert("RGB").tobytes())


def sample(image, width, height, weights):
    """Each new pixel is the weighted mean of the old ones, rounded half up."""
    across = [weights(image.width, width, x) for x in range(width)]
    down = [weights(image.height, height, y) for y in range(height)]
    pixels = image.load()
    out = bytearray()
    for y in range(height):
        for x in range(width):
            for channel in range(3):
                total = sum(
                    wy * wx * pixels[px, py][channel] for py, wy in down[y] for px, wx in across[x])
                out.append(min(255, int(total + 0.5)))
    return bytes(out)


def nearest(old, new, i):
    return [(min(old - 1, int((i + 0.5) * old / new)), 1.0)]


def bilinear(old, new, i):
    middle = min(max((i + 0.5) * old / new - 0.5, 0), old - 1)
    low = int(middle)
    return [(low, 1 - (middle - low)), (min(low + 1, old - 1), middle - low)]


def area(old, new, i):
    left, right = i * old / new, (i + 1) * old / new
    parts = [(p, min(right, p + 1) - max(left, p)) for p in range(int(left), min(old, math.ceil(right)))]
    whole = sum(part for _, part in parts)
    return [(p, part / whole) for p, part in parts]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    image = picture()
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        save(image, f"baseline-{name}.jpg", quality=85, subsampling=subsampling)
        save(image, f"progressive-{name}.jpg", quality=85, subsampling=subsampling, progressive=True)
    save(image, "optimised.jpg", quality=60, optimize=True)
    save(image.convert("L"), "grey.jpg", quality=85)
    save(image.convert("CMYK"), "cmyk.jpg", quality=85)
    save(image, "rgb.png")
    save(image.convert("RGBA"), "rgba.png")
    save(image.convert("L"), "grey.png")
    save(image.convert("LA"), "grey-alpha.png")
    save(image.quantize(13), "palette-4.png", bits=4)
    save(image.quantize(200), "palette-8.png")
    save(image.convert("1"), "bits.png")
    save(image, "rgb.bmp")
    save(image.convert("L"), "grey.bmp")
    save(image.convert("1"), "bits.bmp")
    for name, weights in (("nearest", nearest), ("bilinear", bilinear), ("area", area)):
        (OUT / f"{name}-32x16.rgb").write_bytes(sample(image, 32, 16, weights))
        (OUT / f"{name}-50x61.rgb").write_bytes(sample(image, 50, 61, weights))
    (OUT / "grey.values").write_bytes(image.convert("L").tobytes())


main()
