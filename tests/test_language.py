"""Which texts get the note that they are not English: with the detector of the extra ``language``, and without it."""

from __future__ import annotations

import pytest

from biasscore.segment import language

FOREIGN = (
    "Der Stadtrat hat am Dienstag beschlossen, zwei Bibliotheken zu schließen, und die Gewerkschaft will klagen.",
    "Le conseil municipal a voté mardi la fermeture de deux bibliothèques, et le syndicat veut saisir la justice.",
    "El ayuntamiento votó el martes cerrar dos bibliotecas, y el sindicato quiere acudir a los tribunales.",
    "Il consiglio comunale ha votato martedì la chiusura di due biblioteche e il sindacato vuole fare ricorso.",
    "De gemeenteraad stemde dinsdag voor het sluiten van twee bibliotheken, en de vakbond stapt naar de rechter.",
    "Kommunfullmäktige röstade på tisdagen för att stänga två bibliotek, och facket vill gå till domstol.",
    "Belediye meclisi salı günü iki kütüphaneyi kapatma kararı aldı ve sendika mahkemeye gitmek istiyor.",
    "Городской совет проголосовал во вторник за закрытие двух библиотек, и профсоюз хочет обратиться в суд.",
    "市议会周二投票决定关闭两座图书馆，工会希望向法院提出上诉，要求审查这一决定。",
    "Rada miasta zagłosowała we wtorek za zamknięciem dwóch bibliotek, a związek chce pójść do sądu.",
    "Byrådet stemte tirsdag for at lukke to biblioteker, og fagforeningen vil gå til domstolen.",
)
ENGLISH = (
    "The council voted on Tuesday to close two libraries, and the union said that it would go to court.",
    "Slow Horses Season 3: the best spy thriller keeps getting better, and its writers know it.",
    "Stocks rose 3.2 percent in Frankfurt, Paris and Madrid on Monday after new figures from Berlin.",
    "GUTLESS COUNCIL SELLS OUT OUR KIDS AGAIN, AND NOBODY IN THIS TOWN SAYS A WORD",
    "The mayor met Jean-Claude Juncker, Angela Merkel and Emmanuel Macron at the château de Versailles.",
    "Beto O'Rourke assails Trump as 'racist' as celebrity status wanes in polls",
    "Trump lawyers ask judge to dismiss classified documents case",
    "White House pledges another ObamaCare fix, as Clinton critiques rollout",
    "Dead on arrival? Trump's budget an unlikely wish list in divided Congress",
    "Public school students’ lawsuit challenges tenure, seeks to ban bad educators",
    "Egypt's rulers slap terror label on Muslim Brotherhood",
    "Too short to tell.",
)


HEADLINES = (
    "Macron annonce une réforme des retraites malgré la grève des cheminots",
    "Merkel warnt vor neuen Sanktionen gegen Russland und fordert Gespräche",
    "Trump amenaza con imponer aranceles a los productos mexicanos",
    "De regering wil de belasting op benzine volgend jaar verhogen",
    "Il governo approva la manovra economica dopo una lunga trattativa",
)

LONG = (
    "Die Bürgermeisterin sagte am Mittwoch, dass die Stadt kein Geld mehr habe und die beiden Häuser schon im Sommer "
    "schließen müsse. Die Gewerkschaft nannte den Plan einen Fehler und will in der kommenden Woche vor Gericht.",
    "La maire a dit mercredi que la ville n'avait plus d'argent et que les deux maisons devaient fermer cet été. Le "
    "syndicat a qualifié le plan d'erreur et veut saisir la justice la semaine prochaine avec les habitants.",
    "La alcaldesa dijo el miércoles que la ciudad ya no tiene dinero y que las dos casas deben cerrar este verano. El "
    "sindicato calificó el plan de error y quiere acudir a los tribunales la próxima semana con los vecinos.",
)


@pytest.fixture(params=["installed", "not installed"])
def detector(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "installed":
        pytest.importorskip("py3langid", reason="needs the extra language")
    else:
        monkeypatch.setattr(language, "detector", lambda: None)
    return str(request.param)


@pytest.mark.usefixtures("detector")
@pytest.mark.parametrize("text", [*FOREIGN, *HEADLINES, *LONG])
def test_other_languages_are_told(text: str) -> None:
    assert language.is_foreign(text)


@pytest.mark.usefixtures("detector")
@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_not_noted(text: str) -> None:
    assert not language.is_foreign(text)


def test_plain_english_asks_no_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "detector", lambda: pytest.fail("asked"))
    assert not language.is_foreign(ENGLISH[0])
