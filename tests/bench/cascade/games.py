"""The catalogs that rows run on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.bench.row import Game

CATALOG = Path(__file__).parents[1] / "catalog"
CASCADE = Path(__file__).parent / "catalog"

CROWD_METRICS = 10
CROWD = {"achievements": 400, "quests": 400, "badges": 200}
"""A thousand definitions, by kind."""


def write_catalog(game: Game, folder: Path) -> Path:
    """Writes the files of a catalog.

    Args:
        game: which.
        folder: where to; made if there is none.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sources = [CATALOG] if game is Game.FIRST_PATH else [CATALOG, CASCADE]
    for source in sources:
        for path in source.glob("*.yaml"):
            shutil.copy(path, folder)
    if game is Game.CROWD:
        (folder / "crowd.yaml").write_text("\n".join(_crowd()) + "\n")
    return folder


def _crowd() -> Iterator[str]:
    """What listens to other metrics and other activities."""
    yield "metrics:"
    for number in range(CROWD_METRICS):
        yield f"  - {{id: crowd_{number}}}"
    yield "activity_types:"
    yield "  - {id: crowd_activity, metrics: [crowd_0, crowd_1]}"
    yield "achievements:"
    for number in range(CROWD["achievements"]):
        asked = f"{{metric: crowd_{number % CROWD_METRICS}, value: {number + 1}}}"
        yield f"  - {{id: crowd_{number}, requirements: {{conditions: [{asked}]}}}}"
    yield "quests:"
    for number in range(CROWD["quests"]):
        asked = f"{{metric: crowd_{number % CROWD_METRICS}, value: {number + 1}}}"
        objectives = f"[{{id: do, targets: [{asked}]}}]"
        yield f"  - {{id: crowd_{number}, auto_start: true, objectives: {objectives}}}"
    yield "badges:"
    for number in range(CROWD["badges"]):
        method = "{method: event, activity_types: [crowd_activity]}"
        yield f"  - {{id: crowd_{number}, acquisition: {method}}}"
