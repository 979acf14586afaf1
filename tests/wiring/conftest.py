import pytest

from store.db import Database
from tests.house import TestHouse, make_house


@pytest.fixture
def house(peopled_database: Database) -> TestHouse:
    """The conversation part on each database that is there."""
    return make_house(peopled_database)
