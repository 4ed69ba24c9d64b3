"""Makes true of generated requests what JSON Schema cannot say of a request.

A schema cannot make `shape` and `data` agree, bound the columns of flat data or of a dataframe, make lists equally long,
or describe bytes that follow JSON. So requests that are to be accepted get that right here, by the limits in the document
itself. A time that no answer can keep is lengthened. All else goes out as it was generated.
"""

import json
import random
import re
import struct

import schemathesis
from schemathesis import GenerationMode

LENGTH_HEADER = "Inference-Header-Content-Length"
TIMEOUT_HEADER = "X-Request-Timeout-Ms"


@schemathesis.hook
def before_call(context, case, kwargs):
    timeout = (case.headers or {}).get(TIMEOUT_HEADER)
    if re.fullmatch("[1-9][0-9]{0,8}", str(timeout)):
        # A millisecond is a good number, and would bring a 504 as it should.
        case.headers = {**case.headers, TIMEOUT_HEADER: str(max(int(timeout), 10_000))}
    if case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    schemas = context.operation.schema.raw_schema["components"]["schemas"]
    if case.path.endswith((":predict", "/invocations")):
        case.body = scoring(case.body, {column["title"]: column for column in schemas["Row"]["prefixItems"]})
        return
    if not case.path.endswith("/infer"):
        return
    schema = schemas["InferRequest"]["properties"]
    tensor = schema["inputs"]["items"]["properties"]
    columns = tensor["data"]["anyOf"][1]["items"]["prefixItems"]
    headers = {name: value for name, value in (case.headers or {}).items() if name != LENGTH_HEADER}
    if case.media_type == "application/json":
        case.body = {**case.body, "inputs": [fitting(given, columns) for given in case.body["inputs"]]}
        if "outputs" in case.body:
            # Each name once: the last that was generated for it.
            case.body["outputs"] = list({output["name"]: output for output in case.body["outputs"]}.values())
    else:
        case.body, length = binary(tensor, columns, seed=repr(case.body))
        headers[LENGTH_HEADER] = str(length)
    case.headers = headers


def scoring(body, columns):
    """The same rows, with columns of one length, and each value of a dataframe within the limits of its column."""
    if isinstance(body.get("inputs"), dict):
        rows = min(len(entries) for entries in body["inputs"].values())
        return {**body, "inputs": {name: entries[:rows] for name, entries in body["inputs"].items()}}
    if "dataframe_split" not in body:
        return body
    frame = body["dataframe_split"]
    limits = [columns[name] for name in frame["columns"]]
    data = [
        [min(max(value, column["minimum"]), column["maximum"]) for value, column in zip(row, limits)]
        for row in frame["data"]
    ]
    return {**body, "dataframe_split": {**frame, "data": data}}


def fitting(given, columns):
    """The same tensor with a shape that fits its data, and flat data within the limits of its columns."""
    data = given["data"]
    if not any(isinstance(row, list) for row in data):
        width = len(columns)
        whole = data[: len(data) // width * width] or [column["minimum"] for column in columns]
        data = [
            min(max(value, columns[i % width]["minimum"]), columns[i % width]["maximum"])
            for i, value in enumerate(whole)
        ]
        return {**given, "shape": [len(data) // width, width], "data": data}
    return {**given, "shape": [len(data), len(columns)]}


def binary(tensor, columns, seed):
    """A request with the binary extension, and the length of its JSON."""
    chance = random.Random(seed)
    rows = chance.randint(1, 20)
    values = [chance.uniform(column["minimum"], column["maximum"]) for _ in range(rows) for column in columns]
    tail = struct.pack(f"<{len(values)}f", *values)
    given = {
        "name": tensor["name"]["const"],
        "datatype": tensor["datatype"]["const"],
        "shape": [rows, len(columns)],
        "parameters": {"binary_data_size": len(tail)},
    }
    parameters = {"binary_data_output": chance.random() < 0.5}
    head = json.dumps({"parameters": parameters, "inputs": [given]}).encode()
    return head + tail, len(head)
