"""The callables of data and lab, with good arguments and their kinds."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

import torch
from torch import nn

from attention_course.data import copy_task, dates, digits, photo, sequences, video
from attention_course.encoder_decoder import EncoderDecoder
from attention_course.lab import (
    following,
    pretrained,
    training,
    translation,
    vision,
)
from attention_course.self_attention import Transformer
from tests.bad_input.chapters import LETTERS, TRANSLATOR, real, some
from tests.bad_input.grids import FOLLOWER, VIDEO, VIT
from tests.bad_input.kinds import (
    choice,
    count,
    floats,
    function,
    given,
    mask,
    model,
    number,
    object_of,
    path,
    seed,
    sizes,
    switch,
    text,
    texts,
)
from tests.bad_input.survey import entry

DAY = given(
    datetime.date(1999, 9, 1),
    nothing=None,
    a_string="1999-09-01",
    a_number=3,
)
PAIRS = given(
    [sequences.Pair("ab", "ba")],
    nothing=None,
    a_string="ab",
    none=[],
    strings=["ab"],
    a_number=3,
)
VOCABULARIES = {"source": object_of(LETTERS), "target": object_of(LETTERS)}
ROWS = given(
    [[1, 2], [3]],
    nothing=None,
    a_string="12",
    none=[],
    an_empty_row=[[1], []],
    floats=[[1.5, 2.5]],
    strings=["12"],
    booleans=[[True]],
    numbers=[1, 2],
)

DATA = [
    entry(
        "data.copy_task.make_copies",
        copy_task.make_copies,
        n=count(2),
        seed=seed(),
        min_length=count(1),
        max_length=count(3),
        n_letters=count(4, most=26),
        reverse=switch(False),
    ),
    entry(
        "data.copy_task.copy_vocabulary",
        copy_task.copy_vocabulary,
        n_letters=count(4, most=26),
    ),
    entry(
        "data.dates.write_date",
        dates.write_date,
        day=DAY,
        locale=choice("fr"),
        style=choice("long"),
    ),
    entry("data.dates.split_of", dates.split_of, day=DAY),
    entry(
        "data.dates.make_dates",
        dates.make_dates,
        n=count(2),
        seed=seed(),
        split=choice("train"),
        first=DAY,
        last=given(
            datetime.date(2000, 1, 1),
            nothing=None,
            a_string="2000-01-01",
            before=datetime.date(1900, 1, 1),
        ),
        locales=texts(["fr"]).also(unknown=["xx"], none=[]),
        styles=texts(["long"]).also(unknown=["xx"], none=[]),
    ),
    entry(
        "data.digits.load_digits",
        digits.load_digits,
        split=choice("train").without("None"),
    ),
    entry(
        "data.photo.photo",
        photo.photo,
        size=count(8, most=448),
        colour=switch(False),
        of=choice("temple"),
    ),
    entry(
        "data.sequences.Vocabulary",
        sequences.Vocabulary,
        characters=given("abc", nothing=None, a_number=3, none="", numbers=[1, 2]),
    ),
    entry(
        "data.sequences.Vocabulary.encode",
        LETTERS.encode,
        text=text("ab").also(empty=""),
    ),
    entry(
        "data.sequences.Vocabulary.decode",
        LETTERS.decode,
        tokens=given(
            [4, 5],
            nothing=None,
            a_number=3,
            a_string="ab",
            too_large=[9],
            negative=[-1],
            floats=[4.5],
        ),
    ),
    entry("data.sequences.pad", sequences.pad, rows=ROWS),
    entry(
        "data.sequences.make_batch", sequences.make_batch, pairs=PAIRS, **VOCABULARIES
    ),
    entry(
        "data.sequences.Batches",
        sequences.Batches,
        pairs=PAIRS,
        **VOCABULARIES,
        batch_size=count(2),
    ),
    entry(
        "data.video.moving_digits",
        video.moving_digits,
        n_videos=count(1),
        sizes=sizes((2, 16, 16)),
        n_digits=count(1),
        edge=count(8).also(too_low=7),
        seed=seed(),
        split=choice("train"),
        speed=number(1.0, negative=-1.0),
    ),
    entry(
        "data.video.shrink",
        video.shrink,
        video=floats(some(2, 4, 4, 1)),
        factors=sizes((1, 2, 2)).also(that_divides_not=(1, 3, 2)),
    ),
    entry(
        "data.video.photo_pan",
        video.photo_pan,
        sizes=sizes((2, 8, 8)),
        size=count(16, most=448),
        colour=switch(False),
    ),
    entry("data.video.load_clip", video.load_clip, name=choice("city")),
    entry(
        "data.video.read_video",
        video.read_video,
        source=given(
            some(3, 4, 6, 3).sigmoid(),
            nothing=None,
            a_number=3,
            a_list=[1],
            no_file="none.webp",
            grey=some(3, 4, 6, 1).sigmoid(),
            one_frame=some(1, 4, 6, 3).sigmoid(),
            too_bright=255 * some(3, 4, 6, 3).abs(),
            integers=torch.zeros(3, 4, 6, 3, dtype=torch.long),
        ),
        most=count(3),
        height=count(2).without("None"),
    ),
]

TINY = nn.Linear(2, 1)
ANOTHER = nn.Linear(2, 1)


def loss(model: nn.Module, batch: torch.Tensor) -> torch.Tensor:
    return model(batch).square().mean()


def _scheduler(model: nn.Module):
    return torch.optim.lr_scheduler.LinearLR(torch.optim.SGD(model.parameters(), 0.1))


FOLDER = Path(tempfile.mkdtemp())
training.save_model(TRANSLATOR, FOLDER / "model.safetensors")
LENGTHS = len(dates.date_vocabulary()), len(dates.iso_vocabulary())
SMALL = {"d_embedding": 4, "d_encoder": 6, "d_decoder": 6, "d_context": 3}
DATES_MODEL = EncoderDecoder(*LENGTHS, **SMALL)
COPIER = EncoderDecoder(12, 12, **SMALL)
DATES_TRANSFORMER = Transformer(*LENGTHS, n_layers=1, d_model=6, n_heads=2, d_hidden=6)
DATES = given(
    [sequences.Pair("1 mai 1999", "1999-05-01")],
    nothing=None,
    a_string="1 mai 1999",
    none=[],
    strings=["1 mai 1999"],
)
RATE = number(1e-3, negative=-1.0, zero=0.0)
SCANS = digits.Digits(some(2, 4, 6, 1), torch.tensor([1, 2]))
CLIP = some(7, 48, 50, 3).sigmoid()
TABLE = pretrained.TokenTable(["a", "b"], some(2, 3))
LAB = [
    entry(
        "lab.training.fit",
        training.fit,
        model=given(TINY, nothing=None, a_string="model", the_class=nn.Linear),
        batches=given(
            [some(3, 2)],
            nothing=None,
            none=[],
            an_iterator=iter([some(3, 2)]),
            a_number=3,
        ),
        loss_fn=function(loss).also(
            of_many_numbers=lambda model, batch: model(batch),
            no_tensor=lambda model, batch: 0.5,
        ),
        epochs=count(1),
        optimizer=given(
            torch.optim.SGD(TINY.parameters(), 0.1),
            a_string="adam",
            the_class=torch.optim.Adam,
            of_another_model=torch.optim.SGD(ANOTHER.parameters(), 0.1),
        ),
        scheduler=given(None, a_string="cosine", of_another_optimizer=_scheduler(TINY)),
        seed=seed(),
        clip=number(1.0, negative=-1.0, zero=0.0),
        evaluate=given(lambda model: 0.5, a_number=3, a_string="score"),
        target=number(0.9).without("None"),
        patience=count(2).without("None"),
        progress=switch(False),
    ),
    entry(
        "lab.training.save_model",
        training.save_model,
        model=given(TRANSLATOR, nothing=None, a_string="model", without_config=TINY),
        path=path(FOLDER / "saved.safetensors"),
    ),
    entry(
        "lab.training.load_model",
        training.load_model,
        model_class=given(
            EncoderDecoder,
            nothing=None,
            a_string="EncoderDecoder",
            a_model=TRANSLATOR,
            another=Transformer,
        ),
        path=path(FOLDER / "model.safetensors").also(no_file=FOLDER / "none"),
    ),
    entry(
        "lab.translation.train_translator",
        translation.train_translator,
        slow=True,
        context=choice("fixed"),
        epochs=count(1),
        lr=RATE,
        seed=seed(),
        n_train=count(64),
    ),
    entry(
        "lab.translation.train_copier",
        translation.train_copier,
        slow=True,
        context=choice("fixed"),
        d_context=count(3),
        seed=seed(),
    ),
    entry(
        "lab.translation.train_transformer",
        translation.train_transformer,
        slow=True,
        epochs=count(1),
        lr=RATE,
        seed=seed(),
        n_train=count(64),
    ),
    entry(
        "lab.translation.dates_right",
        translation.dates_right,
        model=model(DATES_MODEL),
        pairs=DATES,
    ),
    entry(
        "lab.translation.copies_right",
        translation.copies_right,
        model=model(COPIER),
        length=count(2),
        n=count(2),
    ),
    entry(
        "lab.translation.write_dates",
        translation.write_dates,
        model=model(DATES_TRANSFORMER),
        texts=texts(["1 mai 1999"]).also(none=[], an_empty_one=[""]),
        max_length=count(3),
    ),
    entry(
        "lab.translation.transformer_dates_right",
        translation.transformer_dates_right,
        model=model(DATES_TRANSFORMER),
        pairs=DATES,
    ),
    entry(
        "lab.translation.gradient_paths",
        translation.gradient_paths,
        model=model(TRANSLATOR),
        pair=given(
            sequences.Pair("ab", "ba"),
            nothing=None,
            a_string="ab",
            a_tuple=("ab", "ba"),
        ),
        **VOCABULARIES,
    ),
    entry(
        "lab.vision.train_vit",
        vision.train_vit,
        slow=True,
        epochs=count(1),
        lr=RATE,
        seed=seed(),
        patch=count(2).also(that_divides_not=3),
        n_train=count(64, most=1287).without("None"),
        progress=switch(False),
    ),
    entry("lab.vision.DigitCNN", vision.DigitCNN, width=count(3)),
    entry(
        "lab.vision.DigitCNN.forward",
        vision.DigitCNN(3),
        images=floats(some(2, 8, 8, 1)),
    ),
    entry(
        "lab.vision.train_cnn",
        vision.train_cnn,
        slow=True,
        epochs=count(1),
        lr=RATE,
        seed=seed(),
        progress=switch(False),
    ),
    entry(
        "lab.vision.train_upsampler",
        vision.train_upsampler,
        slow=True,
        use_self=switch(True),
        use_cross=switch(True),
        epochs=count(1),
        lr=RATE,
        seed=seed(),
        n_train=count(8),
        progress=switch(False),
    ),
    entry("lab.vision.jitter", vision.jitter, images=floats(some(2, 4, 4, 1))),
    entry(
        "lab.vision.digits_right",
        vision.digits_right,
        model=model(VIT),
        digits=object_of(SCANS).also(
            labels_that_broadcast=digits.Digits(SCANS.images, torch.tensor([1]))
        ),
    ),
    entry(
        "lab.vision.digit_baselines",
        vision.digit_baselines,
        slow=True,
        n_neighbours=count(3, most=1287),
    ),
    entry(
        "lab.vision.psnr",
        vision.psnr,
        video=floats(some(2, 3, 4, 4, 1)),
        truth=floats(some(2, 3, 4, 4, 1)).also(another_shape=some(3, 4, 4, 1)),
    ),
    entry(
        "lab.vision.upsampling_videos",
        vision.upsampling_videos,
        split=choice("train"),
        n_videos=count(1),
        seed=seed(),
    ),
    entry(
        "lab.vision.enlarge",
        vision.enlarge,
        model=model(VIDEO),
        small=floats(some(2, 1, 2, 2, 1)),
    ),
    entry("lab.following.split_colour", following.split_colour, frames=floats(CLIP)),
    entry("lab.following.pixel_vectors", following.pixel_vectors, frames=floats(CLIP)),
    entry(
        "lab.following.train_follower",
        following.train_follower,
        slow=True,
        frames=floats(CLIP).also(too_small=CLIP[:, :40], too_short=CLIP[:3]),
        gap=count(2),
        extent=count(1, low=0),
        steps=count(1),
        lr=RATE,
        seed=seed(),
        stay=switch(True),
        shuffled=switch(False),
        progress=switch(False),
    ),
    entry(
        "lab.following.fetch_with",
        following.fetch_with,
        model=model(FOLLOWER),
        frames=floats(CLIP),
        extent=count(1, low=0).without("None"),
    ),
    entry(
        "lab.following.fetch_by_pixels",
        following.fetch_by_pixels,
        frames=floats(CLIP),
        extent=count(1, low=0),
        sharpness=number(20.0, negative=-1.0, zero=0.0),
    ),
    entry(
        "lab.following.colour_error",
        following.colour_error,
        fetch=function(following.fetch_same_place),
        frames=floats(CLIP),
        gap=count(1),
        memory=count(1),
    ),
    entry(
        "lab.following.carry",
        following.carry,
        fetch=function(following.fetch_same_place),
        value=floats(some(3, 4, 1)),
        last=count(5, low=0).also(before_the_first=1),
        first=count(2, low=0),
        memory=count(1),
    ),
    entry(
        "lab.following.overlap",
        following.overlap,
        mask=mask(real(3, 4)).without("another shape"),
        truth=mask(real(3, 4)),
    ),
    entry("lab.pretrained.TokenTable.id", TABLE.id, word=text("a").also(unknown="zz")),
    entry(
        "lab.pretrained.TokenTable.vector",
        TABLE.vector,
        word=text("a").also(unknown="zz"),
    ),
    entry(
        "lab.pretrained.sentence_vectors",
        pretrained.sentence_vectors,
        states=floats(some(2, 3, 4)),
        mask=mask(real(2, 3)).also(of_no_token=~real(2, 3)),
    ),
]

ENTRIES = [*DATA, *LAB]
