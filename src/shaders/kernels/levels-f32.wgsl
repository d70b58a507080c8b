// Frames of float32, a word a level.

fn loadLevel(index: u32) -> f32 {
  return bitcast<f32>(levelsIn[index]);
}

// Stores four levels of a row; `index` is a multiple of 4.
fn storeLevels(index: u32, levels: vec4f) {
  levelsOut[index] = bitcast<u32>(levels.x);
  levelsOut[index + 1u] = bitcast<u32>(levels.y);
  levelsOut[index + 2u] = bitcast<u32>(levels.z);
  levelsOut[index + 3u] = bitcast<u32>(levels.w);
}
