// Weights of float frames: exp(ssd * coefficient), and 0 below a thousandth.

alias Sum4 = vec4f;

fn bitsOf(sum: Sum4) -> vec4u {
  return bitcast<vec4u>(sum);
}

fn fromBits(bits: vec4u) -> Sum4 {
  return bitcast<vec4f>(bits);
}

const LEAST_WEIGHT = 0.001;

fn weightsOf(ssd: vec4f) -> Sum4 {
  let weight = exp(ssd * bitcast<f32>(coefficients[0]));
  return select(weight, vec4f(), weight < vec4f(LEAST_WEIGHT));
}

fn weighted(weight: Sum4, levels: vec4f) -> Sum4 {
  return weight * levels;
}

fn mean(estimate: Sum4, weights: Sum4) -> vec4f {
  return estimate / weights;
}
