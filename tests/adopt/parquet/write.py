"""Writes the Parquet files beside it with pyarrow, and cells.csv with what they hold.

In an environment with requirements.txt: python tests/adopt/parquet/write.py
The same version writes the same bytes, except in the encrypted files, whose keys are random.
"""

import csv
import datetime
import decimal
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe

HERE = Path(__file__).parent
MODELS = HERE.parents[2] / "models"
ROWS = 120


def cells() -> pa.Table:
    """Every type that a holdout's column may have, with values that are easy to get wrong."""
    draw = random.Random(7)

    def column(first: list, other) -> list:
        """Appends values up to ROWS, with a null in every tenth of them."""
        drawn = [other() for _ in range(ROWS - len(first))]
        return first + [None if i % 10 == 9 else value for i, value in enumerate(drawn)]

    words = ["a, b", 'say "so"', "two\nlines", "two\r\nlines", "", " padded ", "\ufeffmark", "Zürich 东京 🚢", "NA", "007"]
    return pa.table(
        {
            "float32": pa.array(column([0.1, -0.0, 1e-45, 3.4028235e38, 16777217.0, 1 / 3], lambda: draw.gauss(0, 1e3)), pa.float32()),
            "float64": pa.array(column([0.1, -0.0, 5e-324, 1.7976931348623157e308, 1e21, 1 / 3], lambda: draw.gauss(0, 1)), pa.float64()),
            "float16": pa.array(column([0.1, -0.0, 6e-8, 65504.0], lambda: draw.gauss(0, 1)), pa.float16()),
            "int64": pa.array(column([2**63 - 1, -(2**63), 2**53 + 1], lambda: draw.randrange(-(2**62), 2**62)), pa.int64()),
            "int32": pa.array(column([2**31 - 1, -(2**31)], lambda: draw.randrange(-9, 9)), pa.int32()),
            "int8": pa.array(column([127, -128], lambda: draw.randrange(-9, 9)), pa.int8()),
            "uint64": pa.array(column([2**64 - 1, 0], lambda: draw.randrange(2**64)), pa.uint64()),
            "uint32": pa.array(column([2**32 - 1, 0], lambda: draw.randrange(2**32)), pa.uint32()),
            "uint8": pa.array(column([255, 0], lambda: draw.randrange(256)), pa.uint8()),
            "boolean": pa.array(column([True, False], lambda: draw.random() < 0.5), pa.bool_()),
            'text, "quoted"': pa.array(column(words, lambda: draw.choice(words)), pa.string()),
            "large text": pa.array(column(words, lambda: draw.choice(words)), pa.large_string()),
            "category": pa.array(column([], lambda: draw.choice("xyz")), pa.string()).dictionary_encode(),
            "nothing": pa.nulls(ROWS),
            "never null": pa.array(range(ROWS), pa.int64()),
        }
    )


def as_text(value) -> str:
    """An empty cell for null, 1 and 0 for booleans, all digits of an integer, as many digits of a float as identify it."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else value if isinstance(value, str) else repr(value)


def unusable() -> tuple[pa.Table, pa.Table]:
    day = datetime.datetime(2026, 3, 1, 12)
    point = {"x": 1, "y": 2}
    return pa.table(
        {
            "age": pa.array([30]),
            "born": pa.array([day.date()]),
            "seen": pa.array([day]),
            "at": pa.array([day.time()]),
            "price": pa.array([decimal.Decimal("9.99")]),
            "raw": pa.array([b"\x00\xff"]),
        }
    ), pa.table(
        {
            "pixels": pa.array([[1, 2, 3]]),
            "point": pa.array([point]),
            "tags": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
            "__index_level_0__": pa.array([17]),
        }
    )


class Keys(pe.KmsClient):
    """Keeps nothing secret: the wrapped key is the key in hex."""

    def wrap_key(self, key_bytes, master_key_identifier):
        return key_bytes.hex()

    def unwrap_key(self, wrapped_key, master_key_identifier):
        return bytes.fromhex(wrapped_key)


def write_encrypted(table: pa.Table, file: Path, *, plaintext_footer: bool) -> None:
    encryption = pe.EncryptionConfiguration(
        footer_key="footer", column_keys={"column": ["float32"]}, plaintext_footer=plaintext_footer
    )
    factory = pe.CryptoFactory(lambda _: Keys())
    properties = factory.file_encryption_properties(pe.KmsConnectionConfig(), encryption)
    with pq.ParquetWriter(file, table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)


table = cells()
with open(HERE / "cells.csv", "w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file)
    writer.writerow(table.column_names)
    writer.writerows([as_text(value) for value in row.values()] for row in table.to_pylist())

for codec in ["none", "snappy", "gzip", "zstd", "brotli"]:
    pq.write_table(table, HERE / f"{codec}.parquet", compression=codec)
pq.write_table(table, HERE / "row-groups.parquet", compression="zstd", row_group_size=35)
pq.write_table(table, HERE / "plain.parquet", compression="zstd", use_dictionary=False, data_page_version="2.0")
pq.write_table(table, HERE / "small-pages.parquet", compression="snappy", data_page_size=64, write_batch_size=8, write_page_index=True)
DELTA = {
    "int64": "DELTA_BINARY_PACKED",
    "int32": "DELTA_BINARY_PACKED",
    'text, "quoted"': "DELTA_BYTE_ARRAY",
    "large text": "DELTA_LENGTH_BYTE_ARRAY",
    "float32": "BYTE_STREAM_SPLIT",
    "float64": "BYTE_STREAM_SPLIT",
}
pq.write_table(table, HERE / "delta.parquet", compression="gzip", use_dictionary=False, column_encoding=DELTA)

flat, nested = unusable()
pq.write_table(flat, HERE / "unusable.parquet")
pq.write_table(nested, HERE / "nested.parquet")
write_encrypted(table, HERE / "encrypted.parquet", plaintext_footer=False)
write_encrypted(table, HERE / "encrypted-column.parquet", plaintext_footer=True)

purchases = pyarrow.csv.read_csv(MODELS / "purchases" / "holdout.csv")
pq.write_table(purchases, HERE / "purchases.parquet", compression="zstd", row_group_size=400)
