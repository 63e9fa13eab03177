// Reading safetensors and decoding codes in the browser, as aecore's decoders do in torch.

function halfToFloat(half) {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const READERS = {
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => Float32Array.from(new Uint16Array(buffer), halfToFloat),
  U8: (buffer) => new Uint8Array(buffer),
};

// bytes: Uint8Array of a safetensors file → { metadata, arrays: { name: { shape, data } } }.
function readSafetensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const arrays = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const [start, end] = entry.data_offsets;
    // A copy, because typed arrays want aligned offsets.
    const copy = bytes.slice(8 + length + start, 8 + length + end).buffer;
    arrays[name] = { shape: entry.shape, data: READERS[entry.dtype](copy) };
  }
  return { metadata: header.__metadata__ ?? {}, arrays };
}

// Abramowitz and Stegun 7.1.26 has an error of 1.5e-7; the series is exact near 0.
function erf(x) {
  const a = Math.abs(x);
  if (a < 0.5) {
    const s = x * x;
    return 1.1283791670955126 * x *
      (1 - s * (1 / 3 - s * (1 / 10 - s * (1 / 42 - s * (1 / 216 - s * (1 / 1320 - s / 9360))))));
  }
  const t = 1 / (1 + 0.3275911 * a);
  const p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 +
    t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - p * Math.exp(-a * a));
}

const ACTIVATION = {
  none: (x) => x,
  gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  relu: (x) => (x > 0 ? x : 0),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

// y = W x + b; weight: (outputs, inputs).
function linearLayer(weight, bias) {
  const [outputs, inputs] = weight.shape;
  const w = weight.data, b = bias.data;
  return (x) => {
    const y = new Float32Array(outputs);
    for (let o = 0, k = 0; o < outputs; o++) {
      let sum = b[o];
      for (let i = 0; i < inputs; i++) sum += w[k++] * x[i];
      y[o] = sum;
    }
    return y;
  };
}

// A transposed convolution, kernel 4, stride 2, padding 1, that doubles the side.
// weight: (inputs, outputs, 4, 4); x: (inputs, side, side) flat.
function doublingLayer(weight, bias, side) {
  const [inputs, outputs] = weight.shape;
  const w = weight.data, b = bias.data, big = 2 * side;
  return (x) => {
    const y = new Float32Array(outputs * big * big);
    for (let o = 0; o < outputs; o++) y.fill(b[o], o * big * big, (o + 1) * big * big);
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) {
        const kernel = (i * outputs + o) * 16, plane = o * big * big;
        for (let ky = 0; ky < 4; ky++) {
          for (let kx = 0; kx < 4; kx++) {
            const weightHere = w[kernel + 4 * ky + kx];
            const left = kx === 0 ? 1 : 0, right = kx === 3 ? side - 1 : side;
            for (let r = 0; r < side; r++) {
              const row = 2 * r + ky - 1;
              if (row < 0 || row >= big) continue;
              const from = (i * side + r) * side, to = plane + row * big + kx - 1;
              for (let c = left; c < right; c++) y[to + 2 * c] += weightHere * x[from + c];
            }
          }
        }
      }
    }
    return y;
  };
}

// arrays: the decoder's, named as in the checkpoint; model: its ModelConfig as JSON.
// Returns a function from a code (d numbers) to 784 pixels, in [0, 1] unless linear.
function buildDecoder(arrays, model) {
  const indices = Object.keys(arrays)
    .filter((name) => name.startsWith("decoder.") && name.endsWith(".weight"))
    .map((name) => Number(name.split(".")[1]))
    .sort((a, b) => a - b);
  const activation = ACTIVATION[model.activation];
  let side = 7;
  const layers = indices.map((index) => {
    const weight = arrays[`decoder.${index}.weight`], bias = arrays[`decoder.${index}.bias`];
    if (weight.shape.length === 2) return linearLayer(weight, bias);
    side *= 2;
    return doublingLayer(weight, bias, side / 2);
  });
  const last = model.network === "linear" ? ACTIVATION.none : ACTIVATION.sigmoid;
  return (z) => {
    let x = z;
    layers.forEach((layer, i) => {
      x = layer(x);
      const f = i === layers.length - 1 ? last : activation;
      for (let k = 0; k < x.length; k++) x[k] = f(x[k]);
    });
    return x;
  };
}
