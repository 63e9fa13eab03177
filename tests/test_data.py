"""Datasets: the embedded digits, MNIST's files whole and damaged, and what is said of them."""

import os
import struct
import sys

import numpy as np
import pytest
import torch

from aecore import data
from aecore.messages import DataError

TRAIN_IMAGES, TRAIN_LABELS = data.FILES["train"]
TEST_IMAGES, TEST_LABELS = data.FILES["test"]
on_disk = pytest.mark.skipif(not data.is_on_disk("mnist"), reason="MNIST is not at hand")


def idx(array):
    """The bytes of an IDX file (yann.lecun.com/exdb/mnist)."""
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A data folder that holds nothing."""
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def raw(empty):
    """The folder of a tiny MNIST: 12 pictures to train on and 7 to test on."""
    folder = empty / "MNIST" / "raw"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for count, (images, labels) in zip((12, 7), data.FILES.values(), strict=True):
        pictures = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        (folder / images).write_bytes(idx(pictures))
        (folder / labels).write_bytes(idx(np.arange(count, dtype=np.uint8) % 10))
    return folder


def test_the_embedded_digits_have_the_form_of_mnist(digits):
    assert digits.train.images.shape == (1437, 28, 28)
    assert digits.test.images.shape == (360, 28, 28)
    for split in (digits.train, digits.test):
        assert split.images.dtype == torch.uint8
        assert split.labels.dtype == torch.int64
        assert len(split) == len(split.labels)


def test_the_embedded_digits_fill_a_box_of_20(digits):
    for picture in torch.cat([digits.train.images, digits.test.images]):
        rows, columns = torch.nonzero(picture, as_tuple=True)
        sides = (int(rows.max() - rows.min()) + 1, int(columns.max() - columns.min()) + 1)
        assert 19 <= max(sides) <= 20


def test_the_embedded_digits_are_centred_by_mass(digits):
    ink = digits.train.images.double()
    axis, mass = torch.arange(28).double(), ink.sum((1, 2))
    for dimension in (1, 2):
        centres = (ink.sum(dimension) @ axis) / mass
        assert (centres - 13.5).abs().max() < 0.6


def test_every_class_is_in_both_splits_in_equal_shares(digits):
    train, test = digits.train.labels.bincount(), digits.test.labels.bincount()
    assert len(train) == len(test) == 10
    assert ((train / (train + test)) - 0.8).abs().max() < 0.01


def test_the_splits_share_no_picture(digits):
    train = {picture.numpy().tobytes() for picture in digits.train.images}
    assert not any(picture.numpy().tobytes() in train for picture in digits.test.images)


def test_the_embedded_split_is_always_the_same(digits):
    train, test = data._embedded()
    assert train.images is not digits.train.images
    assert torch.equal(train.images, digits.train.images)
    assert torch.equal(test.labels, digits.test.labels)


def test_the_embedded_labels_name_their_pictures(digits):
    """A nearest mean of each class recognises most test pictures only if the labels fit."""
    x, y = digits.train.images.flatten(1).float(), digits.train.labels
    means = torch.stack([x[y == c].mean(0) for c in range(10)])
    nearest = torch.cdist(digits.test.images.flatten(1).float(), means).argmin(1)
    assert (nearest == digits.test.labels).float().mean() > 0.8


def test_pictures_are_bytes_divided_by_255(digits):
    x = digits.test.pictures(slice(3, 8))
    assert x.shape == (5, 1, 28, 28)
    assert x.dtype == torch.float32
    expected = digits.test.images[3:8].numpy()[:, None] / np.float32(255)
    np.testing.assert_array_equal(x.numpy(), expected)


def test_pictures_are_chosen_by_index(digits):
    index = torch.tensor([5, 0, 5])
    x = digits.test.pictures(index)
    assert torch.equal(x[0], x[2])
    assert torch.equal(x[1], digits.test.pictures(slice(0, 1))[0])


def test_only_some_classes(digits):
    some = digits.only((9, 0))
    assert set(some.train.labels.tolist()) == set(some.test.labels.tolist()) == {0, 9}
    wanted = [i for i, label in enumerate(digits.test.labels.tolist()) if label in (0, 9)]
    assert torch.equal(some.test.images, digits.test.images[wanted])
    assert digits.only(()) is digits
    # PCA is kept by split.
    assert digits.train.only((9, 0)) is some.train
    assert some.test.only((9, 0)) is some.test


def test_reading_pictures_leaves_the_bytes_alone(digits):
    before = digits.test.images.clone()
    digits.test.pictures().zero_()
    assert torch.equal(digits.test.images, before)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist", "digits"])
def test_every_set_has_ten_names_of_classes(digits, name):
    names = data.Dataset(name, digits.train, digits.test).class_names
    assert len(set(names)) == 10


def test_a_tiny_mnist_is_read_as_it_was_written(raw):
    dataset = data.load("mnist")
    assert (dataset.name, dataset.notice) == ("mnist", None)
    written = (raw / TRAIN_IMAGES).read_bytes()[16:]
    assert dataset.train.images.numpy().tobytes() == written
    assert dataset.test.labels.tolist() == list(range(7))


def test_mnist_is_on_disk_when_all_its_files_are(raw):
    assert data.is_on_disk("mnist")
    (raw / TEST_LABELS).unlink()
    assert not data.is_on_disk("mnist")


def assert_refused(file, *words):
    with pytest.raises(DataError) as caught:
        data.load("mnist")
    for word in (file.name, *words):
        assert word in str(caught.value)


@pytest.mark.parametrize("name", [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS])
@pytest.mark.parametrize("cut", [0, 3, 7, -1])
def test_a_truncated_file_is_named(raw, name, cut):
    file = raw / name
    file.write_bytes(file.read_bytes()[:cut])
    assert_refused(file)


@pytest.mark.parametrize("name", [TRAIN_IMAGES, TEST_LABELS])
def test_a_file_with_more_than_its_header_promises_is_named(raw, name):
    file = raw / name
    size = file.stat().st_size
    file.write_bytes(file.read_bytes() + b"\0")
    assert_refused(file, f"{size + 1} bytes", f"promises {size}")


@pytest.mark.parametrize("magic", [b"\x1f\x8b\x08\x00", b"\0\0\x0d\x03", b"\0\0\x08\x01", b"<htm"])
def test_a_file_of_another_kind_is_named(raw, magic):
    file = raw / TEST_IMAGES
    file.write_bytes(magic + file.read_bytes()[4:])
    assert_refused(file, "IDX")


def test_pictures_of_another_size_are_named(raw):
    file = raw / TEST_IMAGES
    file.write_bytes(idx(np.zeros((7, 32, 20), np.uint8)))
    assert_refused(file, "32x20")


def test_a_set_without_pictures_is_refused(raw):
    file = raw / TEST_IMAGES
    file.write_bytes(idx(np.zeros((0, 28, 28), np.uint8)))
    assert_refused(file)


def test_labels_for_more_pictures_than_there_are_are_refused(raw):
    file = raw / TEST_LABELS
    file.write_bytes(idx(np.zeros(8, np.uint8)))
    assert_refused(file)


def test_labels_above_nine_are_refused(raw):
    file = raw / TRAIN_LABELS
    file.write_bytes(idx(np.full(12, 10, np.uint8)))
    assert_refused(file)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
def test_a_missing_set_says_which_file_and_what_to_run(empty, name):
    with pytest.raises(DataError) as caught:
        data.load(name)
    assert str(empty) in str(caught.value)
    assert TRAIN_IMAGES in str(caught.value)
    assert f"aecore data {name}" in str(caught.value)


def test_the_embedded_digits_serve_for_a_missing_set_and_say_why(empty, digits):
    dataset = data.load_or_embedded("mnist")
    assert dataset.name == "digits"
    assert torch.equal(dataset.train.images, digits.train.images)
    assert TRAIN_IMAGES in dataset.notice
    assert digits.notice is None


def test_the_embedded_digits_serve_for_a_damaged_set(raw):
    (raw / TRAIN_LABELS).write_bytes(b"")
    dataset = data.load_or_embedded("mnist")
    assert dataset.name == "digits"
    assert TRAIN_LABELS in dataset.notice


def test_a_set_at_hand_comes_without_a_notice(raw):
    dataset = data.load_or_embedded("mnist")
    assert (dataset.name, dataset.notice, len(dataset.train)) == ("mnist", None, 12)


def test_a_named_folder_is_never_downloaded_into(empty, monkeypatch):
    asked = []
    monkeypatch.setattr(data, "_download", lambda *_: asked.append(1))
    with pytest.raises(DataError):
        data.load("mnist", download=True)
    assert not asked


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The user's cache folder, where AECORE_DATA names nothing."""
    monkeypatch.delenv("AECORE_DATA", raising=False)
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path))
    return tmp_path


def test_without_a_named_folder_the_cache_of_the_user_serves(cache):
    assert data.data_folder().parent == cache
    assert data.may_download()


def test_nothing_is_downloaded_unless_wanted(cache, monkeypatch):
    asked = []
    monkeypatch.setattr(data, "_download", lambda *_: asked.append(1))
    with pytest.raises(DataError):
        data.load("mnist", download=False)
    assert data.load_or_embedded("mnist").name == "digits"
    assert not asked


def test_a_download_lands_in_the_cache_and_is_read(cache, raw, monkeypatch):
    monkeypatch.delenv("AECORE_DATA")

    def fetch(kind, name, folder):
        (folder / "MNIST").mkdir(parents=True)
        raw.rename(folder / "MNIST" / "raw")

    monkeypatch.setattr(data, "_download", fetch)
    assert len(data.load("mnist").test) == 7


real_download = data._download


@pytest.mark.parametrize(
    "error", [OSError("no route\nto host"), RuntimeError("all mirrors failed"), TimeoutError()]
)
def test_a_failed_download_says_why_and_what_to_do(cache, monkeypatch, error):
    from torchvision import datasets

    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(datasets, "MNIST", fail)
    monkeypatch.setattr(data, "_download", real_download)
    with pytest.raises(DataError, match="could not be downloaded") as caught:
        data.load("mnist")
    reason = (str(error) or type(error).__name__).splitlines()[0]
    assert f"({reason})" in str(caught.value)
    assert "AECORE_DATA" in str(caught.value)
    assert "\n" not in str(caught.value)


class _BrokenTorchvision:
    """What is imported where torchvision was built for another torch."""

    def __getattr__(self, name):
        raise RuntimeError("operator torchvision::nms does not exist")


@pytest.mark.parametrize("module", [None, _BrokenTorchvision()], ids=["absent", "broken"])
def test_a_torchvision_that_does_not_import_says_what_to_install(raw, monkeypatch, module):
    monkeypatch.setitem(sys.modules, "torchvision", module)
    with pytest.raises(DataError, match=r"pip install .* torch torchvision"):
        data.load("mnist")
    assert data.load_or_embedded("mnist").name == "digits"


def test_an_unknown_set_is_refused():
    with pytest.raises(DataError, match="imagenet"):
        data.load("imagenet")


@on_disk
def test_mnist_is_the_published_one():
    dataset = data.load("mnist")
    assert (len(dataset.train), len(dataset.test)) == (60_000, 10_000)
    pixels = dataset.train.images.numpy()
    assert pixels.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert pixels[:10_000].std() / 255 == pytest.approx(0.3081, abs=5e-3)
    assert dataset.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert dataset.test.labels.bincount().tolist() == [
        *(980, 1135, 1032, 1010, 982),
        *(892, 958, 1028, 974, 1009),
    ]


@on_disk
def test_a_set_is_read_once():
    assert data.load("mnist") is data.load("mnist")


@pytest.mark.skipif(os.name == "nt", reason="a path of POSIX")
def test_a_named_folder_may_start_at_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AECORE_DATA", "~/sets")
    assert data.data_folder() == tmp_path / "sets"
