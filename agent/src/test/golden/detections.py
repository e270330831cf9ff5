"""Boxes and keypoints by NumPy, from the papers' formulas and the TensorFlow Object Detection API's description of its anchors."""

import math
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).parent.parent / "resources" / "golden" / "detections"
OUT.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(20261122)


def write(name, values):
    np.asarray(values, dtype="<f4").tofile(OUT / (name + ".f32"))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def corners(middles):
    """y, x, height, width to ymin, xmin, ymax, xmax."""
    y, x, h, w = middles.T
    return np.stack([y - h / 2, x - w / 2, y + h / 2, x + w / 2], axis=1)


def iou_matrix(boxes):
    top_left = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    bottom_right = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    inter = np.prod(np.clip(bottom_right - top_left, 0, None), axis=2)
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return inter / (area[:, None] + area[None, :] - inter)


def detect(boxes, scores, least, iou, most):
    """Class, score, left, top, width, height of what non-maximum suppression leaves of each class, the surest first."""
    found = []
    best = scores.argmax(axis=1)
    for c in range(scores.shape[1]):
        rows = np.flatnonzero((best == c) & (scores[:, c] >= least))
        rows = rows[np.argsort(-scores[rows, c], kind="stable")]
        overlap = iou_matrix(boxes[rows])
        alive = np.ones(len(rows), dtype=bool)
        for i in range(len(rows)):
            if alive[i]:
                alive[i + 1:] &= overlap[i, i + 1:] <= iou
        for row in rows[alive]:
            found.append((c, scores[row, c], row))
    found.sort(key=lambda each: -each[1])
    result = []
    for c, score, row in found:
        ymin, xmin, ymax, xmax = np.clip(boxes[row], 0, 1)
        if ymax > ymin and xmax > xmin:
            result.append([c, score, xmin, ymin, xmax - xmin, ymax - ymin])
    return np.array(result[:most])


# --- SSD: anchors of create_ssd_anchors(num_layers=6, min_scale=0.2, max_scale=0.95), FasterRcnnBoxCoder(10, 10, 5, 5)
SIDE = 96
scales = np.append(np.linspace(0.2, 0.95, 6), 1.0)
specs = [[(0.1, 1.0), (scales[0], 2.0), (scales[0], 0.5)]]
for k in range(1, 6):
    specs.append([(scales[k], r) for r in (1.0, 2.0, 0.5, 3.0, 1.0 / 3)] + [(math.sqrt(scales[k] * scales[k + 1]), 1.0)])
anchors = []
side = SIDE / 16
for spec in specs:
    cells = math.ceil(side)
    side = cells / 2
    ys, xs = np.meshgrid((np.arange(cells) + 0.5) / cells, (np.arange(cells) + 0.5) / cells, indexing="ij")
    for y, x in zip(ys.ravel(), xs.ravel()):
        for scale, ratio in spec:
            anchors.append([y, x, scale / math.sqrt(ratio), scale * math.sqrt(ratio)])
anchors = np.array(anchors)
write("ssd-anchors", anchors)

encodings = random.normal(0, 1.2, (len(anchors), 4)).astype("f4")
logits = random.normal(-2.2, 1.2, (len(anchors), 4)).astype("f4")
write("ssd-encodings", encodings)
write("ssd-logits", logits)
code = encodings.astype("f8")
decoded = np.stack([
    code[:, 0] / 10 * anchors[:, 2] + anchors[:, 0],
    code[:, 1] / 10 * anchors[:, 3] + anchors[:, 1],
    np.exp(code[:, 2] / 5) * anchors[:, 2],
    np.exp(code[:, 3] / 5) * anchors[:, 3]], axis=1)
write("ssd-found", detect(corners(decoded), sigmoid(logits.astype("f8"))[:, 1:], 0.4, 0.5, 20))

# --- YOLO: groups of boxes around a few objects, and noise
def yolo(count, classes):
    rows = np.empty((count, 5 + classes))
    rows[:, 0:2] = random.uniform(0.1, 0.9, (count, 2))
    rows[:, 2:4] = random.uniform(0.05, 0.4, (count, 2))
    rows[:, 4] = random.uniform(0, 0.3, count)
    rows[:, 5:] = random.uniform(0, 1, (count, classes))
    for _ in range(6):
        middle = random.uniform(0.2, 0.8, 2)
        size = random.uniform(0.15, 0.5, 2)
        for i in random.choice(count, 6, replace=False):
            rows[i, 0:2] = middle + random.normal(0, 0.02, 2)
            rows[i, 2:4] = size * random.uniform(0.85, 1.15, 2)
            rows[i, 4] = random.uniform(0.7, 1)
    return rows.astype("f4")


rows = yolo(100, 3)
write("yolo-v5", rows)
rows = rows.astype("f8")
found = detect(corners(rows[:, [1, 0, 3, 2]]), rows[:, 5:] * rows[:, 4:5], 0.3, 0.45, 20)
write("yolo-v5-found", found)

rows = np.delete(yolo(100, 3), 4, axis=1)
rows[:, 4:] *= random.uniform(0, 1, (100, 1)).astype("f4")
rows[:, :4] *= 64  # pixels of a picture of 64 x 64
write("yolo-v8", rows.T)
rows = rows.astype("f8")
write("yolo-v8-found", detect(corners(rows[:, [1, 0, 3, 2]] / 64), rows[:, 4:], 0.6, 0.45, 20))

# --- Heat maps with offsets, as PoseNet's decoder of one pose reads them; a picture of 65 x 49 (width x height), a stride of 16
POINTS, HIGH, WIDE, HEIGHT, WIDTH = 5, 4, 5, 49, 65
maps = random.normal(-1, 1.5, (HIGH, WIDE, POINTS)).astype("f4")
offsets = random.normal(0, 6, (HIGH, WIDE, 2 * POINTS)).astype("f4")
write("heatmaps", maps)
write("offsets", offsets)
points = []
for k in range(POINTS):
    row, column = np.unravel_index(maps[:, :, k].argmax(), (HIGH, WIDE))
    y = row * 16 + offsets[row, column, k]
    x = column * 16 + offsets[row, column, POINTS + k]
    points.append([x / WIDTH, y / HEIGHT, sigmoid(float(maps[row, column, k]))])
write("heatmaps-found", points)
for name in ("ssd-found", "yolo-v5-found", "yolo-v8-found"):
    print(name, np.fromfile(OUT / (name + ".f32"), "<f4").size // 6)
