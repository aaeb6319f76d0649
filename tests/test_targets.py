"""Named targets: who is found and where, whose words they stand in, and what a model says of them."""

from __future__ import annotations

import sys
from itertools import pairwise
from types import ModuleType, SimpleNamespace

import pytest
from fakes import fake_scorer
from hypothesis import given
from hypothesis import strategies as st

import biasscore
from biasscore.errors import InputError, MissingExtraError
from biasscore.results import Document
from biasscore.segment import segment
from biasscore.segment.targets import find_names, find_targets, finder_of, wanted_from


def found(text: str, *wanted) -> dict[str, list[str]]:
    named = wanted_from(wanted) if wanted else None
    targets = find_targets(segment(text), find_names, named)
    return {target.name: [text[start:end] for start, end in target.mentions] for target in targets}


def test_titles_belong_to_the_mention_and_shorter_forms_join_the_fuller_one():
    text = "Secretary of State Antony Blinken met Kyiv's leaders. Blinken left. Antony J. Blinken's aides stayed."
    assert found(text) == {
        "Antony J. Blinken": ["Secretary of State Antony Blinken", "Blinken", "Antony J. Blinken"],
        "Kyiv": ["Kyiv"],
    }


def test_initials_join_the_full_name():
    text = "The EPA fined Exxon. The Environmental Protection Agency acted late."
    assert found(text)["Environmental Protection Agency"] == ["EPA", "Environmental Protection Agency"]


def test_a_first_name_joins_where_the_last_name_stands_alone_too():
    assert found("Hillary Clinton spoke. Clinton left. Hillary stayed in New York.") == {
        "Hillary Clinton": ["Hillary Clinton", "Clinton", "Hillary"],
        "New York": ["New York"],
    }


def test_a_place_before_a_title_is_a_target_of_its_own():
    assert set(found("It was New York Attorney General Letitia James who sued.")) == {"New York", "Letitia James"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Russia's Vladimir Putin attacked. Putin lied.", {"Russia": 1, "Vladimir Putin": 2}),
        ("Later, CNN’s Jake Tapper met Mr. Romney's May.", {"CNN": 1, "Jake Tapper": 1, "Romney": 1}),
        ("It's Mitch McConnell. Here's Nancy Pelosi.", {"Mitch McConnell": 1, "Nancy Pelosi": 1}),
        ("The Women's March began at St. Mary's Square.", {"Women's March": 1, "Mary's Square": 1}),
        ("The Sheriff’s Office in Martha's Vineyard closed.", {"Sheriff’s Office": 1, "Martha's Vineyard": 1}),
    ],
)
def test_an_owner_is_a_target_of_its_own_unless_it_is_part_of_the_name(text, names):
    assert {name: len(mentions) for name, mentions in found(text).items()} == names


def test_a_longer_phrase_does_not_swallow_the_name_after_of():
    text = "Ann Hall of Kentucky spoke at the University of Maine. Kentucky voted, and Maine and Hall waited."
    assert found(text) == {
        "Ann Hall of Kentucky": ["Ann Hall of Kentucky"],
        "Kentucky": ["Kentucky"],
        "University of Maine": ["University of Maine"],
        "Maine": ["Maine"],
        "Hall": ["Hall"],
    }


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("On Monday Angela Merkel spoke of March and Christmas.", {"Angela Merkel"}),
        ("The mayor told Ann Hall Monday that it was late.", {"Ann Hall"}),
        ("However, France stayed. The mayor left. Critics laughed.", {"France"}),
        ("Mrs. May agreed in May.", {"May"}),
        ("Council Rejects Sweeping Budget Plan\n\nThe council met. Later, Ann Hall voted no.", {"Ann Hall"}),
        ("BREAKING NEWS FROM THE OLD HARBOUR TODAY\n\nIt was quiet.", set()),
        ("WASHINGTON (AP) — The senator met Angela Merkel.", {"Angela Merkel"}),
        ("PARIS — The minister met Angela Merkel.", {"Angela Merkel"}),
        ("NATO — an alliance — met.", {"NATO"}),
        ("By Jane Doe, Staff Writer\n\nThe mayor met Boris Johnson.", {"Boris Johnson"}),
        ("The senator praised the nurses and blasted the hospital chain.", set()),
        ("", set()),
    ],
)
def test_who_is_a_target_and_who_is_not(text, names):
    assert set(found(text)) == names


def test_a_name_in_a_headline_counts_where_the_article_names_it():
    text = "Angela Merkel Rejects Plan\n\nThe chancellor was firm. Later, Angela Merkel left."
    assert found(text)["Angela Merkel"][-1] == "Angela Merkel"
    assert "Plan" not in " ".join(found(text))


_INTERVIEW = """ANNA REED, HOST: Good evening. The plan of the mayor has failed.

PAUL STONE: That is a lie, and you know it.

REED: Did Stone pay them?

PAUL STONE: I did not, Anna.
"""


def test_a_label_names_who_speaks_and_is_no_mention():
    assert found(_INTERVIEW) == {"PAUL STONE": ["Stone"], "ANNA REED": ["Anna"]}
    assert found(_INTERVIEW, "Paul Stone", "Anna Reed") == {"Paul Stone": ["Stone"], "Anna Reed": ["Anna"]}
    assert found(_INTERVIEW.replace("Did Stone", "Did you"), "Paul Stone") == {}
    assert found("You lied.\n\n— Sam Pike (@pike) March 5, 2019", "Sam Pike") == {}


def test_a_name_in_a_signed_quotation_is_a_mention():
    text = "It rained.\n\n“The voters turned their backs on Donald Trump,” Ann Hall, Vox"
    assert found(text) == {"Donald Trump": ["Donald Trump"]}


def test_a_label_is_no_mention_where_a_text_is_not_decoded():
    assert found("A\x92s vote.\n\n" + _INTERVIEW, "Paul Stone") == {"Paul Stone": ["Stone"]}


def test_the_most_mentioned_come_first():
    assert list(found("Kyiv and Rome and Oslo met. Later, Rome left. Then Rome and Oslo spoke."))[:2] == [
        "Rome",
        "Oslo",
    ]


NAMES = (
    "Ann Hall",
    "Hall",
    "Dr. Hall's",
    "the EPA",
    "Monday",
    "“Kyiv”",
    "King Charles III",
    "A. B. C",
    "U.S.",
    "—",
    "\n\n",
)


@given(
    st.lists(st.sampled_from((*NAMES, "said", "the plan.", "However,", "(AP) —", "İstanbul", "é.", ".")), max_size=25)
)
def test_mentions_lie_in_the_text_in_order_and_never_overlap(parts):
    text = " ".join(parts)
    targets = find_targets(segment(text), find_names)
    spots = sorted(spot for target in targets for spot in target.mentions)
    assert all(0 <= start < end <= len(text) for start, end in spots)
    assert all(end <= start for (_, end), (start, _) in pairwise(spots))
    assert all(text[start:end] == text[start:end].strip() for start, end in spots)
    assert all(list(target.mentions) == sorted(target.mentions) for target in targets)


class TestWanted:
    TEXT = "Joe Biden saw Ukraine's capital. President Biden likes tax cuts, and Kyiv likes taxes."

    def test_names_aliases_and_patterns(self):
        kyiv = {"name": "Kyiv", "aliases": ["Ukraine's capital"]}
        tax = {"name": "taxes", "patterns": [r"\btax(?:es)?\b"]}
        assert found(self.TEXT, "Joe Biden", kyiv, tax, "Oslo") == {
            "Joe Biden": ["Joe Biden", "President Biden"],
            "Kyiv": ["Ukraine's capital", "Kyiv"],
            "taxes": ["tax", "taxes"],
        }

    @pytest.mark.parametrize(
        "alias", ["mayor of Marston", "the mayor of Marston", "Marston's mayor", "chief of the Marston Group"]
    )
    def test_a_description_does_not_make_a_target_of_the_place_in_it(self, alias):
        text = f"Ann Hall, {alias}, spoke. Marston has a school. The Marston Group paid."
        assert found(text, {"name": "Ann Hall", "aliases": [alias]}) == {"Ann Hall": ["Ann Hall", alias]}

    @pytest.mark.parametrize(
        "alias",
        [
            "Prime Minister of Israel",
            "President of the Israel",
            "CEO of Israel",
            "senator from Israel",
            "University of Israel",
        ],
    )
    def test_nor_does_an_office_or_an_institution(self, alias):
        text = f"Bo Lee, {alias}, spoke. Israel voted. Later, Israel slept."
        assert found(text, {"name": "Bo Lee", "aliases": [alias]})["Bo Lee"][0] == "Bo Lee"
        assert "Israel" not in found(text, {"name": "Bo Lee", "aliases": [alias]})["Bo Lee"]

    def test_the_state_of_a_place_is_the_place(self):
        assert len(found("We saw Israel. Then Israel slept.", "State of Israel")["State of Israel"]) == 2

    @pytest.mark.parametrize("name", ["Labour party", "Supreme court", "New York times", "Ministry of defence"])
    def test_a_name_is_found_in_its_usual_spelling(self, name):
        usual = " ".join(word if word in ("of", "New") else word.capitalize() for word in name.split())
        assert found(f"He left the {usual} early.", name) == {name: [usual]}

    @pytest.mark.parametrize("name", ["Joe biden", "joe biden", "president Biden", "Joe de Biden"])
    def test_a_name_may_be_written_small(self, name):
        assert found("Joe de Biden spoke. Biden slept." if "de" in name.split() else self.TEXT, name)

    def test_an_alias_is_found_with_either_apostrophe(self):
        kyiv = {"name": "Kyiv", "aliases": ["Ukraine's capital"]}
        assert found("Ukraine’s capital slept.", kyiv) == {"Kyiv": ["Ukraine’s capital"]}

    def test_the_full_stop_of_a_sentence_does_not(self):
        assert list(found("He spoke of World War II. It was long.")) == ["World War II"]

    @pytest.mark.parametrize(
        "name",
        ["Sam's Club", "America's Voice", "Domino's Pizza", "Oregon Cattlemen's Association", "Parkinson's Disease"],
    )
    def test_an_owner_may_be_a_part_of_the_name(self, name):
        assert list(found(f"Then {name} protested.")) == [name]

    def test_the_full_stop_of_jr_belongs_to_the_name(self):
        assert list(found("We met Robert F. Kennedy Jr. at noon.")) == ["Robert F. Kennedy Jr."]

    def test_a_last_name_alone_is_not_somebody_elses(self):
        assert found("Hunter Biden left. Biden spoke.", "Joe Biden") == {}
        assert found("Later, President Biden spoke.", "Joe Biden") == {"Joe Biden": ["President Biden"]}

    @pytest.mark.parametrize(
        ("text", "name", "mentions"),
        [
            ("President Donald J. Trump spoke. Mr. Trump lied.", "Donald Trump", 2),
            ("Hillary Rodham Clinton spoke. Clinton lied.", "Hillary Clinton", 2),
            ("Hillary Rodham Clinton spoke. Hillary Clinton lied. Clinton left.", "Hillary Clinton", 3),
            ("President Donald Trump spoke. Mr. Trump lied.", "Donald J. Trump", 2),
            ("Russia's Vladimir Putin attacked. Putin lied.", "Vladimir Putin", 2),
            ("President-elect Donald Trump spoke. Mr. Trump lied.", "Donald Trump", 2),
            ("The Republican Mitt Romney spoke. Mr. Romney lied.", "Mitt Romney", 2),
            ("George H.W. Bush spoke. Mr. Bush lied.", "George W. Bush", 0),
            ("Robert F. Kennedy Jr. spoke. Critics said Kennedy lied. Kennedy left.", "Robert F. Kennedy Jr.", 3),
            ("Robert F. Kennedy Jr. spoke. Kennedy lied.", "Robert Kennedy Jr.", 2),
            ("President Trump signed the bill. Critics of Trump disagreed.", "Donald Trump Jr.", 0),
            ("Queen Elizabeth II died at 96.", "Queen Elizabeth", 1),
            ("Texas Democrats left. House Judiciary Committee Democrats stayed.", "House Democrats", 0),
            ("Democrats cheered. Republicans left.", "House Democrats", 0),
            ("James A. Baker spoke. Baker lied.", "James Baker", 2),
            ("William Jefferson Clinton spoke. Mr. Clinton lied.", "Bill Clinton", 0),
            ("Bill Clinton spoke. Clinton lied.", "Bill Clinton", 2),
            ("Donald Trump Jr. spoke.", "Donald Trump Sr.", 0),
            ("Donald Trump Jr. spoke.", "Donald Trump", 0),
            ("Donald Trump Jr. spoke. His father, Donald Trump, lied. Trump left.", "Donald Trump Jr.", 1),
            ("Donald Trump Jr. spoke. His father, Donald Trump, lied. Trump left.", "Donald Trump", 2),
            ("The Supreme Judicial Court ruled.", "Supreme Court", 0),
        ],
    )
    def test_a_middle_name_or_what_stands_before_the_name_makes_nobody_else(self, text, name, mentions):
        assert len(found(text, name).get(name, ())) == mentions

    def test_a_common_noun_can_be_wanted(self):
        text = "The senator praised the brave nurses."
        assert found(text, "senator", "nurses") == {"senator": ["senator"], "nurses": ["nurses"]}

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ("Biden", "must be a list of names"),
            ({"name": "Biden"}, "must be a list of names"),
            (3, "must be a list of names"),
            ([3], "each target must be a name, or a dict"),
            ([None], "each target must be a name, or a dict"),
            ([""], "has no name"),
            ([{"aliases": ["x"]}], "has no name"),
            ([{"name": "x", "alias": ["y"]}], "unknown key 'alias'"),
            ([{"name": "x", "aliases": "y"}], "lists of strings"),
            ([{"name": "x", "aliases": 3}], "lists of strings"),
            ([{"name": "x", "aliases": [""]}], "lists of strings"),
            ([{"name": "x", "patterns": [3]}], "lists of strings"),
            ([{"name": "x", "patterns": ["("]}], "not a regular expression"),
        ],
    )
    def test_bad_ones_are_told(self, given, message):
        with pytest.raises(InputError, match=message):
            wanted_from(given)


class TestFinders:
    def test_an_unknown_one_is_told(self):
        with pytest.raises(InputError, match="unknown finder 'nobody'"):
            finder_of("nobody")

    def test_a_missing_pipeline_is_told(self):
        pytest.importorskip("spacy")
        with pytest.raises(InputError, match="python -m spacy download xx_no_such"):
            finder_of("spacy:xx_no_such")

    def test_a_missing_spacy_is_told(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "spacy", None)
        with pytest.raises(MissingExtraError, match=r"pip install 'biasscore\[spacy\]'"):
            finder_of("spacy:en_core_web_sm")

    def test_entities_of_spacy_are_joined_like_names(self, monkeypatch):
        entities = [(0, 8, "PERSON"), (14, 20, "DATE"), (22, 26, "PERSON")]
        ents = [SimpleNamespace(start_char=a, end_char=b, label_=label) for a, b, label in entities]
        spacy = ModuleType("spacy")
        spacy.load = lambda name: lambda text: SimpleNamespace(ents=ents)
        monkeypatch.setitem(sys.modules, "spacy", spacy)
        text = "Ann Hall left Monday. Hall won."
        [target] = find_targets(segment(text), finder_of("spacy:en_fake"))
        assert (target.name, target.mentions) == ("Ann Hall", ((0, 8), (22, 26)))


VOICES = "Ann Hall met Bob Roe. “Bob Roe is nasty,” Ann Hall said. Ann Hall said that Bob Roe was empty."


@pytest.fixture(scope="module")
def document() -> Document:
    return fake_scorer().score(VOICES, title="Bob Roe Is Nasty")


class TestDocument:
    def test_offsets_are_slices(self, document):
        assert {target.name for target in document.targets} == {"Ann Hall", "Bob Roe"}
        for target in document.targets:
            assert all(document.text[m.start : m.end] == m.text and m.name == target.name for m in target.mentions)

    def test_voice_and_speaker(self, document):
        [roe] = [target for target in document.targets if target.name == "Bob Roe"]
        assert [(m.voice, m.speaker) for m in roe.mentions] == [
            ("author", None),
            ("quoted", "Ann Hall"),
            ("attributed", "Ann Hall"),
        ]
        assert (roe.tone, roe.quoted_tone, roe.attributed_tone) == tuple(m.tone for m in roe.mentions)
        assert roe.sentiment == roe.mentions[0].sentiment

    def test_who_is_only_quoted_has_no_tone_of_the_author(self):
        [roe] = fake_scorer().score("“Bob Roe is nasty,” the senator said.").targets
        assert roe.tone is None
        assert roe.sentiment is None
        assert roe.quoted_tone is not None

    def test_tone_is_the_mean_of_the_mentions(self):
        [roe] = fake_scorer().score("Later, Bob Roe left. The bill was empty, Roe. The vote of Roe was in.").targets
        tones = [mention.tone for mention in roe.mentions]
        assert len(tones) == 3
        assert roe.tone == pytest.approx(sum(tones) / 3)

    def test_round_trip(self, document):
        assert Document.from_dict(document.to_dict()) == document

    def test_sentences_hold_their_mentions(self, document):
        assert [len(sentence.targets) for sentence in document.sentences] == [2, 2, 2]


class TestLoad:
    TEXT = "The senator said Ann Hall and Bob Roe vote on it. They is nasty to Ann Hall."

    def scored(self, model, **options) -> Document:
        return biasscore.load(model, device="cpu", backend="torch", dtype="float32", **options).score(self.TEXT)

    def test_a_mention_alone_is_as_in_company(self, tiny_model):
        together = {target.name: target for target in self.scored(tiny_model).targets}
        assert set(together) == {"Ann Hall", "Bob Roe"}
        assert together["Ann Hall"].tone != together["Bob Roe"].tone
        for name, target in together.items():
            [alone] = self.scored(tiny_model, targets=[name]).targets
            assert alone.name == name
            assert [m.tone for m in alone.mentions] == pytest.approx([m.tone for m in target.mentions], abs=1e-6)

    def test_targets_change_no_other_score(self, tiny_model):
        with_targets, without = self.scored(tiny_model), self.scored(tiny_model, targets=[])
        assert without.targets in ((), None)
        assert [s.loaded for s in without.sentences] == pytest.approx([s.loaded for s in with_targets.sentences])

    def test_a_finder_can_be_a_function(self, tiny_model):
        [target] = self.scored(tiny_model, finder=lambda segmentation: [(38, 42)]).targets
        assert [mention.text for mention in target.mentions] == ["vote"]

    def test_bad_targets_are_told(self, tiny_model):
        with pytest.raises(InputError, match="has no name"):
            self.scored(tiny_model, targets=[""])
