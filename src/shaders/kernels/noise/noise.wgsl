// Numbers of small blocks, from which the noise of a frame is estimated: a thread reads its block and the pixels around it.

const BLOCK = 8;
const HALF = 4;
const PIXELS = 64.0;
const VALUES = 5u;

@compute @workgroup_size(THREADS_X, THREADS_Y)
fn main(@builtin(global_invocation_id) block: vec3u, @builtin(workgroup_id) group: vec3u) {
  selectFrame(group.z);
  let columns = coefficients[0];
  let rows = coefficients[1];
  if block.x >= columns || block.y >= rows {
    return;
  }
  let left = i32(1u + block.x * coefficients[2]);
  let top = i32(1u + block.y * coefficients[3]);
  var roughness = 0.0;
  var square = 0.0;
  var clipped = 0.0;
  var quarters = vec4f();
  for (var y = 0; y < BLOCK; y++) {
    // Second differences down, of the pixels at x - 1 and x, go along the row.
    var before = downAt(left - 1, top + y);
    var here = downAt(left, top + y);
    for (var x = 0; x < BLOCK; x++) {
      let after = downAt(left + x + 1, top + y);
      let second = before - 2.0 * here + after;
      before = here;
      here = after;
      roughness += abs(second);
      square += second * second;
      let level = levelAt(left + x, top + y);
      quarters += select(vec4f(), vec4f(level), quarterOf(x, y));
      clipped += select(0.0, 1.0, level <= 0.0 || level >= 255.0);
    }
  }
  let level = dot(quarters, vec4f(1.0)) / PIXELS;
  let apart = quarters / (PIXELS / 4.0) - level;
  let at = outAt + (block.y * columns + block.x) * VALUES;
  levelsOut[at] = bitcast<u32>(level);
  levelsOut[at + 1u] = bitcast<u32>(roughness / PIXELS);
  levelsOut[at + 2u] = bitcast<u32>(square / PIXELS);
  levelsOut[at + 3u] = bitcast<u32>(dot(apart, apart) / 4.0);
  levelsOut[at + 4u] = bitcast<u32>(clipped);
}

fn downAt(x: i32, y: i32) -> f32 {
  return levelAt(x, y - 1) - 2.0 * levelAt(x, y) + levelAt(x, y + 1);
}

fn quarterOf(x: i32, y: i32) -> vec4<bool> {
  let right = x >= HALF;
  let lower = y >= HALF;
  return vec4(!right && !lower, right && !lower, !right && lower, right && lower);
}
