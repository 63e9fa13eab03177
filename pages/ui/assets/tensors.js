// Reading safetensors and decoding codes in the browser, as aecore's decoders do in torch.

function halfToFloat(half) {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

// All 65,536 of them, computed once: a model and its codes are a million numbers.
let halves = null;

function readHalves(buffer) {
  halves ??= Float32Array.from({ length: 65536 }, (_, half) => halfToFloat(half));
  const bits = new Uint16Array(buffer), values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = halves[bits[i]];
  return values;
}

const READERS = {
  F32: (buffer) => new Float32Array(buffer),
  F16: readHalves,
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

// x Φ(x) from a table: a grid of convolutional pictures asks for it four million times. With
// 2,048 entries a unit the line between two is off by at most h² max|f″| / 8 = 3e-8.
const GELU_REACH = 8, GELU_STEPS = 2048;
const geluTable = Float64Array.from({ length: 2 * GELU_REACH * GELU_STEPS + 2 }, (_, i) => {
  const x = i / GELU_STEPS - GELU_REACH;
  return 0.5 * x * (1 + erf(x * Math.SQRT1_2));
});

// Each works in place, and has a loop of its own, which the browser compiles for it alone.
const ACTIVATION = {
  none() {},
  gelu(x) {
    for (let k = 0; k < x.length; k++) {
      const v = x[k];
      if (v >= GELU_REACH) continue;
      if (v < -GELU_REACH) x[k] = 0;
      else if (v === v) { // a NaN stays one
        const at = (v + GELU_REACH) * GELU_STEPS, i = Math.floor(at);
        x[k] = geluTable[i] + (at - i) * (geluTable[i + 1] - geluTable[i]);
      }
    }
  },
  relu(x) {
    for (let k = 0; k < x.length; k++) if (x[k] < 0) x[k] = 0;
  },
  tanh(x) {
    for (let k = 0; k < x.length; k++) x[k] = Math.tanh(x[k]);
  },
  sigmoid(x) {
    for (let k = 0; k < x.length; k++) x[k] = 1 / (1 + Math.exp(-x[k]));
  },
};

// multiply.wat, compiled (wat2wasm) and in base64: y = x Wᵀ + b, four numbers at a time.
const MULTIPLY =
  "AGFzbQEAAAABEAJgAXsBfWAHf39/f39/fwACDwEDbGFiBm1lbW9yeQIAAQMDAgABBwwBCG11bHRpcGx5AAEKlgQCGQAg" +
  "AP0fACAA/R8BkiAA/R8CIAD9HwOSkgv5AwQHfwN7An0IeyAFQQJ0IQoDQEEAIQgDQP0MAAAAAAAAAAAAAAAAAAAAACET" +
  "IBMhFCATIRUgEyEWIBMhFyATIRggEyEZIBMhGiAAIAggBmxqIQsgAiAHIAZsaiEMQQAhCQNAIAv9AAQAIQ4gCyAGav0A" +
  "BAAhDyAMIQ0gDf0ABAAhECATIA4gEP3mAf3kASETIBcgDyAQ/eYB/eQBIRcgDSAGaiENIA39AAQAIRAgFCAOIBD95gH9" +
  "5AEhFCAYIA8gEP3mAf3kASEYIA0gBmohDSAN/QAEACEQIBUgDiAQ/eYB/eQBIRUgGSAPIBD95gH95AEhGSANIAZqIQ0g" +
  "Df0ABAAhECAWIA4gEP3mAf3kASEWIBogDyAQ/eYB/eQBIRogC0EQaiELIAxBEGohDCAJQRBqIQkgCSAGSQ0ACyABIAhB" +
  "AnRqKgIAIREgASAIQQJ0aioCBCESIAMgByAKbCAIQQJ0amohDSANIBEgExAAkjgCACANIBIgFxAAkjgCBCANIApqIQ0g" +
  "DSARIBQQAJI4AgAgDSASIBgQAJI4AgQgDSAKaiENIA0gESAVEACSOAIAIA0gEiAZEACSOAIEIA0gCmohDSANIBEgFhAA" +
  "kjgCACANIBIgGhAAkjgCBCAIQQJqIQggCCAFSQ0ACyAHQQRqIQcgByAESQ0ACws=";

const kernel = (() => {
  try {
    return new WebAssembly.Module(Uint8Array.from(atob(MULTIPLY), (c) => c.charCodeAt(0)));
  } catch {
    return null; // an old browser, or a site that forbids it: plain JavaScript, four times slower
  }
})();

const upTo = (value, multiple) => Math.ceil(value / multiple) * multiple;

// The products of one decoder. ``matrix`` takes weights (outputs, inputs) and a bias, or null for
// none, and returns the function from n rows x (n, inputs) to y = x Wᵀ + b (n, outputs).
function products() {
  if (!kernel) {
    return {
      matrix: (w, b, outputs, inputs) => (x, n) => multiply(w, b, x, n, inputs, outputs),
    };
  }
  const memory = new WebAssembly.Memory({ initial: 1 });
  const run = new WebAssembly.Instance(kernel, { lab: { memory } }).exports.multiply;
  let top = 0; // bytes that weights take; what is being worked on lies behind them
  const floats = (bytes) => {
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    return new Float32Array(memory.buffer);
  };

  function matrix(w, b, outputs, inputs) {
    const across = upTo(inputs, 4), down = upTo(outputs, 2), at = top, bias = at + 4 * across * down;
    top = upTo(bias + 4 * down, 16);
    const numbers = floats(top).fill(0, at / 4, top / 4);
    for (let o = 0; o < outputs; o++) {
      numbers.set(w.subarray(o * inputs, (o + 1) * inputs), at / 4 + o * across);
    }
    if (b) numbers.set(b, bias / 4);
    return (x, n) => {
      const rows = upTo(n, 4), from = top, to = from + 4 * rows * across;
      const all = floats(to + 4 * rows * down);
      if (across === inputs) all.set(x, from / 4);
      else {
        all.fill(0, from / 4, to / 4);
        for (let r = 0; r < n; r++) {
          all.set(x.subarray(r * inputs, (r + 1) * inputs), from / 4 + r * across);
        }
      }
      run(at, bias, from, to, rows, down, 4 * across);
      if (down === outputs) return all.slice(to / 4, to / 4 + n * outputs);
      const y = new Float32Array(n * outputs);
      for (let r = 0; r < n; r++) {
        const row = to / 4 + r * down;
        y.set(all.subarray(row, row + outputs), r * outputs);
      }
      return y;
    };
  }

  return { matrix };
}

// The same product in JavaScript: w (outputs, inputs), x (rows, inputs), both flat.
function multiply(w, b, x, rows, inputs, outputs) {
  const y = new Float32Array(rows * outputs);
  for (let r = 0; r < rows; r++) {
    for (let o = 0, k = 0; o < outputs; o++) {
      let sum = b ? b[o] : 0;
      for (let i = 0, f = r * inputs; i < inputs; i++) sum += w[k++] * x[f++];
      y[r * outputs + o] = sum;
    }
  }
  return y;
}

// weight: (outputs, inputs). The layer maps (n, inputs) to (n, outputs), flat.
function linearLayer(weight, bias, { matrix }) {
  const [outputs, inputs] = weight.shape;
  return matrix(weight.data, bias.data, outputs, inputs);
}

// A transposed convolution, kernel 4, stride 2, padding 1, that doubles the side.
// weight: (inputs, outputs, 4, 4). The layer maps (n, inputs, side, side) to
// (n, outputs, 2 side, 2 side), flat: at each place a matrix product gives the sixteen values
// of every output, which are added where the kernel lies.
function doublingLayer(weight, bias, { matrix }, side) {
  const [inputs, outputs] = weight.shape;
  const taps = outputs * 16, area = side * side, big = 2 * side;
  const w = new Float32Array(taps * inputs);
  for (let i = 0; i < inputs; i++) {
    for (let t = 0; t < taps; t++) w[t * inputs + i] = weight.data[i * taps + t];
  }
  const product = matrix(w, null, taps, inputs);
  return (x, n) => {
    const places = new Float32Array(n * area * inputs);
    for (let m = 0, from = 0; m < n; m++) {
      for (let i = 0; i < inputs; i++) {
        for (let p = 0; p < area; p++) places[(m * area + p) * inputs + i] = x[from++];
      }
    }
    const columns = product(places, n * area);
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

// A convolution, kernel 4, stride 2, padding 1, that halves the side.
// weight: (outputs, inputs, 4, 4). The layer maps (n, inputs, side, side) to
// (n, outputs, side / 2, side / 2), flat, as one matrix product over all places.
function halvingLayer(weight, bias, { matrix }, side) {
  const [outputs, inputs] = weight.shape;
  const taps = inputs * 16, small = side / 2, area = small * small;
  const product = matrix(weight.data, bias.data, outputs, taps);
  return (x, n) => {
    const patches = new Float32Array(n * area * taps);
    for (let m = 0, to = 0; m < n; m++) {
      for (let r = 0; r < small; r++) {
        for (let c = 0; c < small; c++) {
          for (let i = 0; i < inputs; i++) {
            const plane = (m * inputs + i) * side * side;
            for (let ky = 0; ky < 4; ky++) {
              const row = 2 * r + ky - 1;
              for (let kx = 0; kx < 4; kx++, to++) {
                const column = 2 * c + kx - 1;
                if (row < 0 || row >= side || column < 0 || column >= side) continue;
                patches[to] = x[plane + row * side + column];
              }
            }
          }
        }
      }
    }
    const places = product(patches, n * area), y = new Float32Array(n * outputs * area);
    for (let m = 0, from = 0; m < n; m++) {
      for (let p = 0; p < area; p++) {
        for (let o = 0; o < outputs; o++) y[(m * outputs + o) * area + p] = places[from++];
      }
    }
    return y;
  };
}

// The layers of one half of a model by their number in the checkpoint: { weight, bias } each.
function layersOf(arrays, prefix) {
  return Object.keys(arrays)
    .filter((name) => name.startsWith(prefix) && name.endsWith(".weight"))
    .map((name) => Number(name.slice(prefix.length).split(".")[0]))
    .sort((a, b) => a - b)
    .map((index) => ({
      weight: arrays[`${prefix}${index}.weight`], bias: arrays[`${prefix}${index}.bias`],
    }));
}

// One layer after the other, with an activation after each, and its own after the last.
function inTurn(layers, activation, last) {
  return (input, n = 1) => {
    let x = input;
    layers.forEach((layer, i) => {
      x = layer(x, n);
      (i === layers.length - 1 ? last : activation)(x, n);
    });
    return x;
  };
}

// Of each code in turn the k largest values are kept, the others become 0.
const largestOnly = (k) => (codes, n) => {
  const d = codes.length / n;
  for (let start = 0; start < codes.length; start += d) {
    const code = codes.subarray(start, start + d);
    const order = Array.from(code.keys()).sort((i, j) => code[j] - code[i]);
    order.slice(k).forEach((i) => { code[i] = 0; });
  }
};

// arrays: the encoder's, named as in the checkpoint, after ``prefix``; model: its ModelConfig as
// JSON. Returns a function from n pictures (n 784 pixels, one picture unless told) to their codes,
// (n, d) flat; for a VAE the means μ.
function buildEncoder(arrays, model, prefix = "encoder.") {
  const made = products();
  const found = layersOf(arrays, prefix);
  if (model.variational) {
    // μ is the first half of what the last layer gives.
    const last = found.at(-1), [outputs, inputs] = last.weight.shape, d = outputs / 2;
    found[found.length - 1] = {
      weight: { shape: [d, inputs], data: last.weight.data.subarray(0, d * inputs) },
      bias: { shape: [d], data: last.bias.data.subarray(0, d) },
    };
  }
  let side = 56;
  const layers = found.map(({ weight, bias }) => {
    if (weight.shape.length === 2) return linearLayer(weight, bias, made);
    side /= 2;
    return halvingLayer(weight, bias, made, side);
  });
  const last = model.codeActivation === "k-sparse"
    ? largestOnly(model.k) : ACTIVATION[model.codeActivation ?? "none"];
  return inTurn(layers, ACTIVATION[model.activation], last);
}

// arrays: the decoder's, named as in the checkpoint, after ``prefix``; model: its ModelConfig as
// JSON. Returns a function from n codes (n d numbers, one code unless told) to their pixels,
// (n, 784) flat, in [0, 1] unless linear.
function buildDecoder(arrays, model, prefix = "decoder.") {
  const made = products();
  let side = 7;
  const layers = layersOf(arrays, prefix).map(({ weight, bias }) => {
    if (weight.shape.length === 2) return linearLayer(weight, bias, made);
    side *= 2;
    return doublingLayer(weight, bias, made, side / 2);
  });
  const last = model.network === "linear" ? ACTIVATION.none : ACTIVATION.sigmoid;
  return inTurn(layers, ACTIVATION[model.activation], last);
}
