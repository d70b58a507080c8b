// Weights of 8-bit frames: OpenCV's table of integers, whose last entry is 0 and stands for all greater sums.
// Estimates stay below 2^31, so that integer sums are exact in any order.

alias Sum4 = vec4u;

fn bitsOf(sum: Sum4) -> vec4u {
  return sum;
}

fn fromBits(bits: vec4u) -> Sum4 {
  return bits;
}

fn weightsOf(ssd: vec4f) -> Sum4 {
  let at = min(vec4u(ssd) >> vec4u(6u), vec4u(frame.coefficientCount - 1u));
  return vec4u(coefficients[at.x], coefficients[at.y], coefficients[at.z], coefficients[at.w]);
}

fn weighted(weight: Sum4, levels: vec4f) -> Sum4 {
  return weight * vec4u(levels);
}

fn mean(estimate: Sum4, weights: Sum4) -> vec4f {
  return vec4f((estimate + weights / 2u) / weights);
}
