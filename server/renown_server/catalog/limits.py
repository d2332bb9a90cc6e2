"""The bounds of a catalog and of the numbers in it."""

from typing import Final

AMOUNT_MAX: Final = 2**53 - 1
"""The greatest amount anywhere: JSON and Luau numbers are doubles."""

DECIMALS_MAX: Final = 6
"""The most digits behind the point of a currency or a metric."""

BASIS_POINTS: Final = 10_000
"""A factor of one."""

FILE_BYTES_MAX: Final = 1 << 20
"""The size of one file."""

FILES_MAX: Final = 1_000
"""The number of files of one catalog."""

CATALOG_BYTES_MAX: Final = 16 << 20
"""The size of all files of one catalog."""

DEPTH_MAX: Final = 32
"""How deep values may be nested in a file; the schema is far flatter."""

LATENESS_DEFAULT_US: Final = 72 * 3600 * 1_000_000
"""How late activities may come in when the catalog does not say."""

LATENESS_MAX_US: Final = 30 * 86_400 * 1_000_000
"""The most lateness a catalog may allow."""

COOLDOWN_MAX_US: Final = 366 * 86_400 * 1_000_000
"""The longest cooldown."""

MULTIPLIER_MIN_US: Final = 1_000_000
"""The shortest time for which a multiplier may act."""

MULTIPLIER_MAX_US: Final = 366 * 86_400 * 1_000_000
"""The longest."""

CONTEXT_VALUES_MAX: Final = 1_000
"""How many context values an amount range may list."""

CONTEXT_KEY_CHARS_MAX: Final = 64
"""The length of a context key, as in `renown.v1.Activity.context`."""

CONTEXT_VALUE_CHARS_MAX: Final = 128
"""The length of a context value, as in `renown.v1.Activity.context`."""

INSTANCES_MAX = 1000
"""Instances that one reward may make, and one command: each is a row."""

SPAN_MIN_US: Final = 1_000_000
"""The shortest time limit of anything that players do."""

SPAN_MAX_US: Final = 366 * 86_400 * 1_000_000
"""The longest time limit of anything that players do."""

WITHIN_VALUE_MAX: Final = 1_000
"""What a condition may ask for within a sliding span: what came in is remembered one by one."""

DISTINCT_VALUE_MAX: Final = 1_000
"""How many different values a condition may ask for: each one is remembered."""
