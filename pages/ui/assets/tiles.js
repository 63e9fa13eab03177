// Grids of decoded digits, painted while the page stays alive.

const FRAME_MS = 24;
// For so long a browser leaves a grid to the server.
const PATIENCE_MS = 150;

// A painter for one canvas. ``paint`` fills it with rows x columns digits; a new call ends the
// one before, and what was painted stays until it is painted over.
//   decode: from n codes to pixels; codeAt(row, column): a code of d numbers; done: called last;
//   remote: from all codes to a promise of all pixels as bytes, where the server may be faster. If
//   it has not answered soon the browser begins, and whoever is ready first has painted the grid.
function tilePainter(canvas) {
  const context = canvas.getContext("2d");
  let frame = 0, generation = 0, asked = false;

  function paint({ decode, rows, columns, codeAt, done = () => {}, remote = null }) {
    cancelAnimationFrame(frame);
    const mine = ++generation;
    const width = columns * SIDE, height = rows * SIDE;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    // Squares when it is enlarged; when it is made smaller, no line of pixels may go missing.
    const room = canvas.clientWidth * devicePixelRatio;
    canvas.style.imageRendering = room && width > room ? "auto" : "";
    const count = rows * columns;
    let tile = 0, batch = 16;
    const codesOf = (from, n) => {
      const codes = Array.from({ length: n }, (_, i) =>
        codeAt(Math.floor((from + i) / columns), (from + i) % columns));
      const flat = new Float32Array(n * codes[0].length);
      codes.forEach((code, i) => flat.set(code, i * code.length));
      return flat;
    };
    const put = (pixels, from, n) => {
      for (let i = 0; i < n; i++) {
        const x = ((from + i) % columns) * SIDE, y = Math.floor((from + i) / columns) * SIDE;
        context.putImageData(digitImage(pixels.subarray(i * 784, (i + 1) * 784)), x, y);
      }
    };
    const some = () => {
      const until = performance.now() + FRAME_MS;
      while (tile < count && performance.now() < until) {
        const n = Math.min(batch, count - tile), started = performance.now();
        put(decode(codesOf(tile, n), n), tile, n);
        tile += n;
        // As many at once as fit into a third of the frame; by fours, as the product likes it.
        const each = (performance.now() - started) / n;
        batch = Math.max(4, Math.min(64, 4 * Math.floor(FRAME_MS / 3 / (each + 1e-3) / 4)));
      }
      if (tile < count) frame = requestAnimationFrame(some);
      else done();
    };
    // One question at a time: while a slider moves, the newest grid need not wait for the others.
    if (!remote || asked) {
      some();
      return;
    }
    const begin = () => { if (mine === generation && tile < count) some(); };
    const patience = setTimeout(begin, PATIENCE_MS);
    asked = true;
    remote(codesOf(0, count)).then((bytes) => {
      clearTimeout(patience);
      if (mine !== generation || tile >= count) return;
      cancelAnimationFrame(frame);
      tile = count;
      context.putImageData(gridImage(bytes, rows, columns), 0, 0);
      done();
    }, () => {
      clearTimeout(patience);
      if (!tile) begin();
    }).finally(() => { asked = false; });
  }

  return {
    paint,
    stop() {
      generation++;
      cancelAnimationFrame(frame);
    },
  };
}

// Grey tiles, one after the other, as the picture of the whole grid.
function gridImage(bytes, rows, columns) {
  const width = columns * SIDE, image = new ImageData(width, rows * SIDE);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0, from = 0; i < rows * columns; i++) {
    const corner = Math.floor(i / columns) * SIDE * width + (i % columns) * SIDE;
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) pixels[corner + y * width + x] = 0xff000000 | (0x10101 * bytes[from++]);
    }
  }
  return image;
}

// The quantile function of the standard normal distribution (Acklam's rational approximation,
// error below 1.2e-9 of the value).
function normalQuantile(p) {
  const tail = (q) =>
    (((((-7.784894002430293e-3 * q - 3.223964580411365e-1) * q - 2.400758277161838) * q -
      2.549732539343734) * q + 4.374664141464968) * q + 2.938163982698783) /
    ((((7.784695709041462e-3 * q + 3.224671290700398e-1) * q + 2.445134137142996) * q +
      3.754408661907416) * q + 1);
  if (p < 0.02425) return tail(Math.sqrt(-2 * Math.log(p)));
  if (p > 0.97575) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5, r = q * q;
  return ((((((-3.969683028665376e1 * r + 2.209460984245205e2) * r - 2.759285104469687e2) * r +
    1.38357751867269e2) * r - 3.066479806614716e1) * r + 2.506628277459239) * q) /
    (((((-5.447609879822406e1 * r + 1.615858368580409e2) * r - 1.556989798598866e2) * r +
      6.680131188771972e1) * r - 1.328068155288572e1) * r + 1);
}
