"""Recordings of one's own: the files that people have, each read as it was meant, or refused with a word."""

import io
import struct
import warnings
import wave
from dataclasses import replace
from datetime import UTC, datetime

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnn_book import signals
from rnn_book.signals import Recording, SignalWarning, Uploader, read, to_task
from rnn_tutorial import tasks

SLOW = np.round(np.column_stack([np.sin(np.arange(300) / 30), np.cos(np.arange(300) / 20)]), 4)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def text(samples, separator=",", end="\n", comma=False, before=""):
    lines = [separator.join(f"{value:.4f}".replace(".", "," if comma else ".") for value in row) for row in samples]
    return (before + end.join(lines) + end).encode()


def wav(samples, kind=1, bits=16, rate=8000, extensible=False, announced=None):
    scale = 1 if kind == 3 else 0.9 * 2 ** (bits - 1)
    if kind == 3:
        data = samples.astype(f"<f{bits // 8}").tobytes()
    else:
        whole = np.round(samples * scale).astype(int) + (128 if bits == 8 else 0)
        data = b"".join(int(v).to_bytes(bits // 8, "little", signed=bits > 8) for v in whole.ravel())
    n = samples.shape[1]
    width = n * bits // 8
    form = struct.pack("<HHIIHH", 0xFFFE if extensible else kind, n, rate, rate * width, width, bits)
    if extensible:
        form += struct.pack("<HHIH14s", 22, bits, 0, kind, b"\0" * 14)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + struct.pack("<I", len(data) if announced is None else announced) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


TEXTS = {
    "two columns": text(SLOW),
    "one column": text(SLOW[:, :1]),
    "crlf": text(SLOW, end="\r\n"),
    "comments": text(SLOW, before="# left, right\n"),
    "header": text(SLOW, before="left,right\n"),
    "quoted header": text(SLOW, before='"left","right"\n'),
    "quoted numbers": "\n".join(",".join(f'"{v:.4f}"' for v in row) for row in SLOW).encode(),
    "byte order mark": b"\xef\xbb\xbf" + text(SLOW),
    "mark and header": b"\xef\xbb\xbf" + text(SLOW, before="left,right\n"),
    "utf-16": text(SLOW).decode().encode("utf-16"),
    "semicolons": text(SLOW, ";"),
    "tabs": text(SLOW, "\t"),
    "spaces": text(SLOW, "  "),
    "decimal commas and semicolons": text(SLOW, ";", comma=True),
    "decimal commas and tabs": text(SLOW, "\t", comma=True),
    "latin header": text(SLOW, before="Höhe,Länge\n").decode().encode("latin-1"),
    "blank lines": text(SLOW) + b"\n\n",
    "powers of ten": "\n".join(",".join(f"{v:.6e}" for v in row) for row in SLOW).encode(),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_are_read_as_they_were_meant(kind):
    recording = read(f"{kind}.csv", TEXTS[kind])
    wanted = SLOW[:, :1] if kind == "one column" else SLOW
    assert recording.samples.shape == wanted.shape
    assert np.allclose(recording.samples, wanted, atol=1e-12)
    if "header" in kind and "latin" not in kind:
        assert recording.columns[0] == "left"


def test_decimal_commas_alone_are_asked_for():
    content = text(SLOW[:, :1] + 2, comma=True)
    with pytest.raises(ValueError, match=r"two ways.*decimal='\.' or decimal=','"):
        read("a.csv", content)
    assert np.allclose(read("a.csv", content, decimal=",").samples, SLOW[:, :1] + 2, atol=1e-12)
    assert read("a.csv", content, decimal=".").samples.shape == (300, 2)
    signed = b"1,-2\n3,4\n-5,6\n"
    assert read("a.csv", signed).samples.tolist() == [[1, -2], [3, 4], [-5, 6]], "a sign tells columns"
    named = b"left,right\n1,2\n3,4\n"
    assert read("a.csv", named).samples.tolist() == [[1, 2], [3, 4]], "so does a header for each"


WHOLE_TIMES = {
    "a time": b"7,2,08\n8,2,11\n9,3,2\n",
    "a time and signs": b"7,-2,8\n8,2,11\n9,-3,2\n",
    "a zero in front": b"1,2,08\n1,2,11\n1,3,2\n",
    "a time and two signals": b"7,2,8,1,5\n8,2,11,1,6\n9,3,2,1,7\n",
    "a header of two": b"time,level\n7,2,08\n8,2,11\n9,3,2\n",
    "quotes": b'7,"2,08"\n8,"2,11"\n9,"3,2"\n',
}


@pytest.mark.parametrize("kind", WHOLE_TIMES)
def test_decimal_commas_after_a_whole_number_are_asked_for(kind):
    content = WHOLE_TIMES[kind]
    with pytest.raises(ValueError, match=r"two ways.*decimal='\.' or decimal=','.*semicolons"):
        read("a.csv", content)
    samples = read("a.csv", content, decimal=",").samples
    assert samples.shape == (3, 3 if "two signals" in kind else 2)
    assert samples[1, 0] == (1 if "zero" in kind else 8)
    assert samples[1, 1] == 2.11


def test_both_readings_are_shown():
    with pytest.raises(ValueError, match="whole numbers, 7 and 2 and 08, or with decimal commas, 7 and 2,08"):
        read("a.csv", WHOLE_TIMES["a time"])


@pytest.mark.parametrize(
    "content",
    [
        b"7,2,8\n9,2,11\n8,3,2\n",  # does not rise
        b"7,2,-8\n8,2,11\n9,3,2\n",
        b"7,2,8.5\n8,2,11\n9,3,2\n",
        b"time,left,right\n7,2,8\n8,2,11\n9,3,2\n",
    ],
)
def test_three_columns_are_not_asked_about(content):
    assert read("a.csv", content).samples.shape == (3, 3)


def test_decimal_commas_may_have_a_header():
    content = b"left,right\n1,25,2,5\n1,5,2,75\n"
    with pytest.raises(ValueError, match="two ways"):
        read("a.csv", content)
    recording = read("a.csv", content, decimal=",")
    assert recording.columns == ("left", "right")
    assert recording.samples.tolist() == [[1.25, 2.5], [1.5, 2.75]]


WAVS = {
    **{f"pcm {bits}": (wav(SLOW, bits=bits), 0.9 * 2 ** (bits - 1)) for bits in (8, 16, 24, 32)},
    "float 32": (wav(SLOW, 3, 32), 1),
    "float 64": (wav(SLOW, 3, 64), 1),
    "extensible pcm": (wav(SLOW, extensible=True), 0.9 * 2**15),
    "extensible float": (wav(SLOW, 3, 32, extensible=True), 1),
    "mono": (wav(SLOW[:, :1]), 0.9 * 2**15),
    "length unknown": (wav(SLOW, announced=0xFFFFFFFF), 0.9 * 2**15),
}


@pytest.mark.parametrize("kind", WAVS)
def test_sounds_are_read_as_they_were_meant(kind):
    content, scale = WAVS[kind]
    recording = read(f"{kind}.wav", content)
    wanted = SLOW[:, :1] if kind == "mono" else SLOW
    assert np.allclose(recording.samples / scale, wanted, atol=1 / 100 if "8" in kind else 1e-3)
    assert recording.seconds == 1 / 8000


def test_a_sound_of_the_standard_library_is_read_alike():
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((2, 2, 8000, 0, "NONE", ""))
        writer.writeframes(np.round(SLOW * 3e4).astype("<i2").tobytes())
    assert np.array_equal(read("a.wav", file.getvalue()).samples, np.round(SLOW * 3e4))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.mp3", b"ID3", "must end in .csv"),
        ("a.wav", b"ID3" + b"\0" * 100, "does not begin as one"),
        ("a.wav", wav(SLOW)[:-500], "cut off: 700 bytes of sound, 1200 announced"),
        ("a.wav", wav(SLOW)[:30], "header or its sound is missing"),
        ("a.wav", wav(SLOW, 1)[:20] + b"\x55\0" + wav(SLOW)[22:], "kind 85"),
        ("a.wav", wav(SLOW[:0]), "two finite samples or more, but holds 0"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"# nothing\n", "is empty"),
        ("a.csv", b"left,right\n", "holds 0"),
        ("a.csv", b"1.5,2.5\n1.5\n", "line 2 has 1"),
        ("a.csv", b"1.5,2.5\n1.5,nan\n", "line 2 has 'nan'"),
        ("a.csv", b"1.5,2.5\n1.5,\n", "line 2 has ''"),
        ("a.csv", b"1.5,2.5\n1.5,high\n", "line 2 has 'high'"),
        ("a.csv", ",".join(["0.5"] * 200).encode(), "one line of 200 numbers"),
        ("a.csv", b"PK\x03\x04\0\0\0", "save the table as CSV"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_word(name, content, message):
    with pytest.raises(ValueError, match=message):
        read(name, content)


def test_spaces_with_decimal_commas_are_refused():
    with pytest.raises(ValueError, match="line 1 has '5 2'"):
        read("a.csv", b"1,5 2,5\n1,6 2,7\n")


@pytest.mark.parametrize(
    ("content", "samples"),
    [
        (b"1,234;2,345\n1,235;2,346\n", [[1.234, 2.345], [1.235, 2.346]]),
        (b"0,1\n1.5,2.5\n", [[0, 1], [1.5, 2.5]]),
        (b"1.25\n1.5\n1.", [[1.25], [1.5], [1]]),
    ],
)
def test_what_the_notes_say_is_not_seen(content, samples):
    assert read("a.csv", content).samples.tolist() == samples


def test_a_file_on_disk_and_one_that_is_missing(tmp_path):
    (tmp_path / "a.csv").write_bytes(text(SLOW))
    assert np.allclose(read(tmp_path / "a.csv").samples, SLOW)
    with pytest.raises(FileNotFoundError, match=r"b\.csv"):
        read(tmp_path / "b.csv")


def test_a_time_column_is_pointed_out_and_gives_steps_a_unit():
    timed = np.column_stack([np.arange(300) * 0.02, SLOW])
    recording = read("a.csv", text(timed, before="time,left,right\n"))
    assert recording.seconds == pytest.approx(0.02)
    with pytest.warns(SignalWarning, match=r"'time' of a.csv rises evenly, as a time does: columns=\[1, 2\]"):
        assert to_task(recording).n_out == 3
    task = to_task(recording, 50, columns=["left"])
    assert (task.n_out, task.T) == (1, 50)
    assert [ax.get_xlabel() for ax in signals.preview(recording, task).axes] == [
        "time (s), in steps of 20 ms",
        "time (s), in steps of 0.12 s",
    ]
    assert read("a.csv", text(SLOW)).seconds is None


RNG = np.random.default_rng(0)
EVEN = np.arange(300.0)
TIMES = {
    "even": EVEN,
    "steps of normal jitter": np.cumsum(1 + 0.1 * RNG.normal(size=300)),
    "steps between 0.8 and 1.2": np.cumsum(RNG.uniform(0.8, 1.2, 300)),
    "clock that is read late": EVEN + RNG.uniform(0, 0.2, 300),
}


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("kind", TIMES)
def test_a_time_column_is_pointed_out_wherever_it_stands(kind, place):
    recording = read("a.csv", text(np.insert(SLOW, place, 0.02 * TIMES[kind], axis=1)))
    rest = [k for k in range(3) if k != place]
    with pytest.warns(SignalWarning, match=rf"column '{place}' of a.csv .*: columns=\[{rest[0]}, {rest[1]}\] leaves"):
        to_task(recording)
    assert recording.seconds == pytest.approx(0.02, rel=0.02)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_task(recording, columns=rest)


def test_of_two_times_none_is_the_clock():
    both = read("a.csv", text(np.column_stack([EVEN, 0.02 * EVEN, SLOW])))
    assert both.seconds is None
    with pytest.warns(SignalWarning) as caught:
        to_task(both)
    assert [str(one.message)[:10] for one in caught] == ["column '0'", "column '1'"]
    assert all("columns=[2, 3]" in str(one.message) for one in caught)


def test_where_all_columns_rise_the_first_is_taken_for_the_time():
    with pytest.warns(SignalWarning, match=r"column '0' .* columns=\[1\] leaves it out") as caught:
        to_task(read("a.csv", text(np.column_stack([EVEN, 3 * EVEN]))))
    assert len(caught) == 1


NO_TIMES = {
    "rises for most of the file": np.minimum(EVEN, 570 - EVEN),
    "rises in larger and larger steps": EVEN**2,
    "saturates": 1 - np.exp(-EVEN / 100),
    "rises with rests": np.repeat(EVEN[:150], 2),
    "drifts": 0.01 * EVEN + 0.1 * np.sin(EVEN / 4),
    "falls": -EVEN,
}


@pytest.mark.parametrize("kind", NO_TIMES)
def test_what_rises_otherwise_is_a_signal(kind):
    recording = read("a.csv", text(np.column_stack([SLOW, NO_TIMES[kind]])))
    assert recording.seconds is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_task(recording)


def test_what_rises_for_a_few_samples_or_stands_alone_is_a_signal():
    few = np.column_stack([SLOW[:9, 1], EVEN[:9]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_task(read("a.csv", text(few)))
        to_task(read("a.csv", text(EVEN[:, np.newaxis])))
    with pytest.warns(SignalWarning, match="column '1'"):
        to_task(read("a.csv", text(np.column_stack([SLOW[:10, 1], EVEN[:10]]))))


@pytest.mark.parametrize("name", ["heartbeat", "hand_movement"])
def test_the_recordings_of_the_book_are_not_warned_of(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_task(read(tasks.DATA / f"{name}.csv"))


def test_steps_are_as_long_as_the_samples_they_stand_for():
    recording = Recording("a.wav", np.sin(np.arange(40.0))[:, np.newaxis], ("0",), seconds=0.5)
    assert signals.step_seconds(recording, to_task(recording, 20, envelope=True)) == 1, "means of two samples"
    assert signals.step_seconds(recording, to_task(recording, 40)) == 0.5
    assert signals.step_seconds(recording, to_task(recording, 79)) == 0.25, "a value between each two"
    assert signals.step_seconds(replace(recording, seconds=None), to_task(recording, 40)) is None


@pytest.mark.parametrize(
    ("step", "label", "ticks"),
    [
        (0.003, "time (ms), in steps of 3 ms", {"0": 0, "100": 100 / 3}),
        (0.05, "time (s), in steps of 50 ms", {"0": 0, "2": 40}),
        (2.0, "time (s), in steps of 2 s", {"0": 0, "50": 25}),
        (None, "step", {}),
    ],
)
def test_an_axis_of_steps_shows_milliseconds_or_seconds(step, label, ticks):
    ax = plt.subplots()[1]
    ax.plot(np.arange(100))
    ax.set_xlabel("step")
    limits = ax.get_xlim()
    signals.in_time(ax, step)
    assert ax.get_xlabel() == label
    assert ax.get_xlim() == limits
    places = {shown.get_text(): place for shown, place in zip(ax.get_xticklabels(), ax.get_xticks(), strict=True)}
    assert {text: places[text] for text in ticks} == pytest.approx(ticks)


def test_a_signal_that_the_steps_destroy_is_pointed_out():
    t = np.arange(44_100) / 44_100
    tone = read("a.wav", wav((np.sin(2 * np.pi * 441.3 * t) * (1 + np.sin(2 * np.pi * t)))[:, np.newaxis] / 2))
    with pytest.warns(SignalWarning, match=r"\d+% of the power of column '0' of a.wav is faster than 100 steps"):
        to_task(tone, 100)
    task = to_task(tone, 100, envelope=True)
    wanted = np.sin(2 * np.pi * (np.arange(100) + 0.5) / 100)
    assert np.corrcoef(task.y_target[:, 0], wanted)[0, 1] > 0.99
    exact = read("a.wav", wav(np.sin(2 * np.pi * 400 * t)[:, np.newaxis], 3, 64))
    with pytest.raises(ValueError, match="is left in 100 steps"), pytest.warns(SignalWarning):
        to_task(exact, 100)


def test_each_column_is_weighed_by_itself():
    t = np.arange(4000) / 4000
    slow, fast, still = np.sin(2 * np.pi * t), 0.1 * np.sin(2 * np.pi * 441.3 * t), np.full(4000, 0.1)
    three = read("a.csv", text(np.column_stack([slow, fast, still]), before="left,right,still\n"))
    with pytest.warns(SignalWarning, match=r"^(99|100)% of the power of column 'right' of a.csv is faster") as caught:
        to_task(three)
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_task(three, columns=["left", "still"])
    two = read("a.csv", text(np.column_stack([fast, slow, fast + slow / 100]), before="a,b,c\n"))
    with pytest.warns(SignalWarning, match=r"of column 'a', \d+% of the power of column 'c' of a.csv"):
        to_task(two)


def test_steps_share_the_samples_on_their_edges():
    three = read("a.csv", b"0\n3\n9\n")  # in two steps, 1 and 7
    assert np.allclose(to_task(three, 2).y_target[:, 0], [-1, 1], rtol=0, atol=1e-15)
    four = read("a.csv", b"0\n3\n5\n4\n")  # in steps of 4/3 samples: 1, 16/3 and 17/3, times 3/4
    assert np.allclose(to_task(four, 3).y_target[:, 0], [-1, 4 / 9, 5 / 9], rtol=0, atol=1e-15)
    longer = to_task(three, 5).y_target[:, 0]  # straight lines: 0, 1.5, 3, 6 and 9
    assert np.allclose(longer, np.array([-3.9, -2.4, -0.9, 2.1, 5.1]) / 5.1, rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": [2]}, "columns must be some of"),
        ({"columns": ["up"]}, "columns must be some of"),
        ({"columns": []}, "columns must be some of"),
        ({"n_steps": 1}, "n_steps must be"),
    ],
)
def test_a_wrong_choice_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        to_task(read("a.csv", text(SLOW)), **options)


def test_a_constant_signal_is_refused():
    with pytest.raises(ValueError, match="constant"):
        to_task(read("a.csv", text(np.ones((50, 1)) * 0.5)))


@pytest.mark.half_second
def test_an_upload_shows_what_was_read_or_why_not(capsys):
    box, box_of_commas = Uploader(50), Uploader(50, decimal=",")

    def upload(name, content, box=box):
        button = box.children[0]
        file = {"name": name, "type": "", "size": len(content), "content": memoryview(content)}
        button.value = (file | {"last_modified": datetime.now(UTC)},)
        return capsys.readouterr().out

    assert "Look here" not in upload("a.csv", text(SLOW))
    assert (box.task.T, box.task.n_out) == (50, 2)
    assert np.allclose(box.recording.samples, SLOW, atol=1e-12)
    assert "Not read: b.csv must hold numbers" in upload("b.csv", b"")
    assert box.task is box.recording is None, "not those of another file"
    assert "Not read: the signal in f.csv must change" in upload("f.csv", b"0.5\n0.5\n")
    assert box.recording is None, "nor a recording without its task"
    timed = text(np.column_stack([np.arange(300), SLOW]))
    assert "Look here: column '0' of c.csv rises evenly" in upload("c.csv", timed)
    assert box.task.n_out == 3
    commas = text(SLOW[:, :1] + 2, comma=True)
    assert "Say which: decimal='.' or decimal=','" in upload("d.csv", commas)
    assert "Not read" not in upload("d.csv", commas, box_of_commas)
    assert box_of_commas.task.n_out == 1
