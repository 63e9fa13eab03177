"""Few labels: the draws counted, the regression against scikit-learn called by hand."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from aecore.explore import fewlabels
from aecore.pca import flat

LABELS = np.random.default_rng(0).integers(0, 10, 900)


@pytest.mark.parametrize("count", [10, 100, 200])
def test_a_draw_takes_as_many_of_each_class_and_none_twice(count):
    index = fewlabels.balanced(LABELS, count, seed=3)
    assert len(set(index.tolist())) == count
    assert np.bincount(LABELS[index], minlength=10).tolist() == [count // 10] * 10


def test_a_seed_gives_the_same_and_a_small_draw_is_part_of_a_large_one():
    small, large = (fewlabels.balanced(LABELS, count, seed=5) for count in (10, 200))
    assert (small == fewlabels.balanced(LABELS, 10, seed=5)).all()
    assert set(small.tolist()) < set(large.tolist())
    assert set(small.tolist()) != set(fewlabels.balanced(LABELS, 10, seed=6).tolist())


def test_every_picture_can_be_drawn():
    labels = np.repeat(np.arange(10), 3)
    drawn = {i for seed in range(60) for i in fewlabels.balanced(labels, 10, seed).tolist()}
    assert drawn == set(range(30))


@pytest.mark.parametrize("count", [15, 5000])
def test_what_can_not_be_balanced_is_refused(count):
    with pytest.raises(ValueError, match=str(count)):
        fewlabels.balanced(LABELS, count)


def test_the_sizes_that_a_split_has_enough_pictures_for(digits):
    assert fewlabels.sizes(digits.train.labels.numpy()) == [10, 100, 1000]
    assert fewlabels.sizes(np.repeat(np.arange(10), 9)) == [10]
    assert fewlabels.sizes(np.arange(9)) == []


def test_the_classifier_is_scikit_learns_on_codes_of_length_one(digits):
    by = fewlabels.represent(flat, digits.train, digits.test)
    assert by.size == 784
    # All 1,437 pictures serve as those without labels: there are fewer than are asked for.
    x, y = flat(digits.train).astype(float), digits.train.labels.numpy()
    length = np.linalg.norm(x - x.mean(0), axis=1)
    x, test = ((z - x.mean(0)) / np.sqrt((length**2).mean()) for z in (x, flat(digits.test)))
    assert by.test == pytest.approx(test, abs=1e-5)
    index = fewlabels.balanced(y, 100, seed=1)
    expected = LogisticRegression(C=3, max_iter=300).fit(x[index], y[index]).predict(test)
    found = fewlabels.named(by, digits.train, index, c=3)
    assert found.dtype == np.uint8
    assert np.mean(found == expected) > 0.99
    assert 0.6 < np.mean(found == digits.test.labels.numpy()) < 0.95


def test_neither_scale_nor_rotation_of_a_code_changes_what_is_named(digits):
    turn = 40 * np.linalg.qr(np.random.default_rng(0).normal(size=(784, 784)))[0]
    index = fewlabels.balanced(digits.train.labels.numpy(), 100)
    codes = (flat, lambda split: flat(split).astype(float) @ turn + 7)
    plain, turned = (
        fewlabels.named(fewlabels.represent(encode, digits.train, digits.test), digits.train, index)
        for encode in codes
    )
    assert np.mean(plain == turned) > 0.98


def test_a_code_that_never_changes_is_no_error(digits):
    by = fewlabels.represent(
        lambda split: np.full((len(split), 2), 7, np.float32), digits.train, digits.test
    )
    found = fewlabels.named(by, digits.train, fewlabels.balanced(digits.train.labels.numpy(), 10))
    assert len(set(found.tolist())) == 1


def test_scores_and_leads_are_those_of_the_draws():
    truth = np.array([0, 1, 2, 3])
    a = fewlabels.score(np.array([[0, 1, 2, 3], [0, 1, 2, 0]]), truth)
    b = fewlabels.score(np.array([[0, 1, 0, 0], [0, 0, 0, 0]]), truth)
    assert a.accuracies == (1, 0.75)
    assert a.mean == 0.875
    assert a.spread == pytest.approx(0.25 / 2**0.5)
    # Both draws lead by a half: nothing is left to chance, though both vary.
    assert a.lead(b) == (0.5, 0)
    single = fewlabels.score(np.array([[0, 1, 2, 0]]), truth)
    assert (single.spread, single.lead(single)) == (None, (0, None))


def test_the_error_of_a_lead_is_how_much_its_mean_varies():
    random = np.random.default_rng(0)
    worlds = random.normal(0.5, 0.1, (4000, 2, 5))
    worlds[:, 0] = worlds[:, 1] + random.normal(0.02, 0.03, (4000, 5))
    found = [fewlabels.Score(tuple(a)).lead(fewlabels.Score(tuple(b))) for a, b in worlds]
    leads, errors = np.array(found).T
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(leads.std(), rel=0.05)


def test_confusions_are_counted_over_all_draws():
    truth = np.array([0, 0, 1, 9])
    shares = fewlabels.confusion(np.array([[0, 3, 1, 9], [0, 0, 1, 4]]), truth)
    expected = np.zeros((10, 10))
    expected[0, 0], expected[0, 3], expected[1, 1], expected[9, 9], expected[9, 4] = (
        0.75, 0.25, 1, 0.5, 0.5,
    )  # fmt: skip
    assert shares == pytest.approx(expected)


def test_the_worst_mistake_of_each_class():
    truth = np.array([0, 0, 1, 2, 2])
    predicted = np.array([[0, 5, 1, 3, 4], [6, 5, 1, 3, 2], [0, 7, 1, 2, 2]])
    found = fewlabels.mistakes(predicted, truth)
    assert found == [fewlabels.Mistake(1, 3, 5), fewlabels.Mistake(3, 2, 3)]
    assert fewlabels.mistakes(truth[None], truth) == []
