// Frames of bytes: four levels to a word, rows packed without gaps on the way in, padded to whole words on the way out.

fn loadLevel(index: u32) -> f32 {
  let word = levelsIn[inAt + index / 4u];
  return f32(extractBits(word, 8u * (index % 4u), 8u));
}

// Stores four levels (0..255, rounded half up) of a row; `index` is a multiple of 4.
fn storeLevels(index: u32, levels: vec4f) {
  levelsOut[outAt + index / 4u] = pack4xU8(vec4u(levels + 0.5));
}
