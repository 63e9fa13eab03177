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

// y[r] = W x[r] + b for every row r of x; w: (outputs, inputs), x: (rows, inputs), both flat.
// Four rows and two outputs at a time, so that each weight that is read is used four times.
function multiply(w, b, x, rows, inputs, outputs) {
  const y = new Float32Array(rows * outputs);
  const one = (r, o) => {
    let sum = b ? b[o] : 0;
    for (let i = 0, k = o * inputs, f = r * inputs; i < inputs; i++) sum += w[k++] * x[f++];
    y[r * outputs + o] = sum;
  };
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    const x0 = r * inputs, x1 = x0 + inputs, x2 = x1 + inputs, x3 = x2 + inputs;
    let o = 0;
    for (; o + 2 <= outputs; o += 2) {
      const k0 = o * inputs, k1 = k0 + inputs;
      let a0 = b ? b[o] : 0, c0 = b ? b[o + 1] : 0;
      let a1 = a0, a2 = a0, a3 = a0, c1 = c0, c2 = c0, c3 = c0;
      for (let i = 0; i < inputs; i++) {
        const u = w[k0 + i], v = w[k1 + i];
        const p = x[x0 + i], q = x[x1 + i], s = x[x2 + i], t = x[x3 + i];
        a0 += u * p; a1 += u * q; a2 += u * s; a3 += u * t;
        c0 += v * p; c1 += v * q; c2 += v * s; c3 += v * t;
      }
      let to = r * outputs + o;
      y[to] = a0; y[to + 1] = c0; to += outputs;
      y[to] = a1; y[to + 1] = c1; to += outputs;
      y[to] = a2; y[to + 1] = c2; to += outputs;
      y[to] = a3; y[to + 1] = c3;
    }
    for (; o < outputs; o++) for (let n = r; n < r + 4; n++) one(n, o);
  }
  for (; r < rows; r++) for (let o = 0; o < outputs; o++) one(r, o);
  return y;
}

// weight: (outputs, inputs). The layer maps (n, inputs) to (n, outputs), flat.
function linearLayer(weight, bias) {
  const [outputs, inputs] = weight.shape;
  return (x, n) => multiply(weight.data, bias.data, x, n, inputs, outputs);
}

// A transposed convolution, kernel 4, stride 2, padding 1, that doubles the side.
// weight: (inputs, outputs, 4, 4). The layer maps (n, inputs, side, side) to
// (n, outputs, 2 side, 2 side), flat: at each place a matrix product gives the sixteen values
// of every output, which are added where the kernel lies.
function doublingLayer(weight, bias, side) {
  const [inputs, outputs] = weight.shape;
  const taps = outputs * 16, area = side * side, big = 2 * side;
  const w = new Float32Array(taps * inputs);
  for (let i = 0; i < inputs; i++) {
    for (let t = 0; t < taps; t++) w[t * inputs + i] = weight.data[i * taps + t];
  }
  return (x, n) => {
    const places = new Float32Array(n * area * inputs);
    for (let m = 0, from = 0; m < n; m++) {
      for (let i = 0; i < inputs; i++) {
        for (let p = 0; p < area; p++) places[(m * area + p) * inputs + i] = x[from++];
      }
    }
    const columns = multiply(w, null, places, n * area, inputs, taps);
    const y = new Float32Array(n * outputs * big * big);
    for (let m = 0; m < n; m++) {
      for (let o = 0; o < outputs; o++) {
        const plane = (m * outputs + o) * big * big;
        y.fill(bias.data[o], plane, plane + big * big);
        for (let r = 0; r < side; r++) {
          for (let c = 0; c < side; c++) {
            const from = (m * area + r * side + c) * taps + o * 16;
            for (let ky = 0; ky < 4; ky++) {
              const row = 2 * r + ky - 1;
              if (row < 0 || row >= big) continue;
              const to = plane + row * big + 2 * c - 1, tap = from + 4 * ky;
              if (c > 0) y[to] += columns[tap];
              y[to + 1] += columns[tap + 1];
              y[to + 2] += columns[tap + 2];
              if (c < side - 1) y[to + 3] += columns[tap + 3];
            }
          }
        }
      }
    }
    return y;
  };
}

// arrays: the decoder's, named as in the checkpoint, after ``prefix``; model: its ModelConfig as
// JSON. Returns a function from n codes (n d numbers, one code unless told) to their pixels,
// (n, 784) flat, in [0, 1] unless linear.
function buildDecoder(arrays, model, prefix = "decoder.") {
  const indices = Object.keys(arrays)
    .filter((name) => name.startsWith(prefix) && name.endsWith(".weight"))
    .map((name) => Number(name.slice(prefix.length).split(".")[0]))
    .sort((a, b) => a - b);
  const activation = ACTIVATION[model.activation];
  let side = 7;
  const layers = indices.map((index) => {
    const weight = arrays[`${prefix}${index}.weight`], bias = arrays[`${prefix}${index}.bias`];
    if (weight.shape.length === 2) return linearLayer(weight, bias);
    side *= 2;
    return doublingLayer(weight, bias, side / 2);
  });
  const last = model.network === "linear" ? ACTIVATION.none : ACTIVATION.sigmoid;
  return (z, n = 1) => {
    let x = z;
    layers.forEach((layer, i) => {
      x = layer(x, n);
      const f = i === layers.length - 1 ? last : activation;
      for (let k = 0; k < x.length; k++) x[k] = f(x[k]);
    });
    return x;
  };
}
