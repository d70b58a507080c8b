// Frames of float32, a word a level.

fn loadLevel(index: u32) -> f32 {
  return bitcast<f32>(levelsIn[inAt + index]);
}

// Stores four levels of a row; `index` is a multiple of 4.
fn storeLevels(index: u32, levels: vec4f) {
  let to = outAt + index;
  levelsOut[to] = bitcast<u32>(levels.x);
  levelsOut[to + 1u] = bitcast<u32>(levels.y);
  levelsOut[to + 2u] = bitcast<u32>(levels.z);
  levelsOut[to + 3u] = bitcast<u32>(levels.w);
}
