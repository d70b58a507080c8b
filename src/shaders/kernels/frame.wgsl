// What every kernel shares: the frames of a batch on both sides, and the border rule. All frames of a batch are of one size.

struct FrameParams {
  widthPx: u32,
  heightPx: u32,
  // Pixels from one row of the result to the next: the width, rounded up to a multiple of 4.
  outStridePx: u32,
  // Number of coefficients.
  coefficientCount: u32,
  // From one frame of the batch to the next, in words.
  inPitchWords: u32,
  outPitchWords: u32,
}

@group(0) @binding(0) var<uniform> frame: FrameParams;
@group(0) @binding(1) var<storage, read> levelsIn: array<u32>;
@group(0) @binding(2) var<storage, read> coefficients: array<u32>;
@group(0) @binding(3) var<storage, read_write> levelsOut: array<u32>;

override THREADS_X: u32;
override THREADS_Y: u32;

// The words at which the frame of this workgroup begins.
var<private> inAt: u32;
var<private> outAt: u32;

// To be called first: workgroup z of a dispatch works on frame z of the batch.
fn selectFrame(z: u32) {
  inAt = z * frame.inPitchWords;
  outAt = z * frame.outPitchWords;
}

// The index within 0 .. length - 1 that position `index` of an endless reflected line shows (BORDER_REFLECT_101).
fn reflect101(index: i32, length: u32) -> u32 {
  if length == 1u {
    return 0u;
  }
  let period = 2u * (length - 1u);
  let folded = u32(abs(index)) % period;
  return select(period - folded, folded, folded < length);
}

// The level at a position that may lie outside the frame.
fn levelAt(x: i32, y: i32) -> f32 {
  return loadLevel(reflect101(y, frame.heightPx) * frame.widthPx + reflect101(x, frame.widthPx));
}
