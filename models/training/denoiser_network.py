"""The denoiser: a small U-Net that says which part of a picture is noise.

It works from half the resolution down, where a pixel has as many channels as fit into a vector of the processor; the first layer looks at 6 x 6 px
with a step of two, and the last gives four pixels a place. The way up adds what the way down saw.

Of each pixel it says what it should be, and how far to believe that: a flat background needs no more than a number, and detail that stands far above the
noise is left as it is.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


def convolution(inputs, outputs, stride=1):
    return nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)


class Block(nn.Module):
    """Two convolutions beside a bypass."""

    def __init__(self, width):
        super().__init__()
        self.first, self.second = convolution(width, width), convolution(width, width)

    def forward(self, x):
        return F.relu(x + self.second(F.relu(self.first(x))))


class Denoiser(nn.Module):
    """[n, 1, h, w] with h and w multiples of 16, in units of the noise, to the noise in the same units."""

    def __init__(self, widths, blocks):
        super().__init__()
        self.stem = nn.Conv2d(1, widths[0], 6, stride=2, padding=2)
        self.down = nn.ModuleList(convolution(a, b, 2) for a, b in zip(widths, widths[1:]))
        self.seen = nn.ModuleList(nn.Sequential(*(Block(w) for _ in range(n))) for w, n in zip(widths, blocks))
        self.up = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in zip(widths, widths[1:]))
        self.merged = nn.ModuleList(Block(w) for w in widths[:-1])
        self.last = nn.Conv2d(widths[0], 8, 1)

    def forward(self, image):
        x = F.relu(self.stem(image))
        skips = []
        for scale, seen in enumerate(self.seen):
            if scale > 0:
                x = F.relu(self.down[scale - 1](x))
            x = seen(x)
            skips.append(x)
        for scale in reversed(range(len(self.up))):
            x = F.interpolate(self.up[scale](x), scale_factor=2, mode="nearest")
            x = self.merged[scale](F.relu(x + skips[scale]))
        picture, belief = F.pixel_shuffle(self.last(x), 2).chunk(2, 1)
        return torch.sigmoid(belief) * (image - picture)
