"""Asks a service with the official clients of the protocols that it speaks, as their own examples do.

usage: clients.py URL MODEL VERSION LOANS

The model gives back what it gets: `floats` FP32 [-1, 2], `integers` INT64 [-1, 2] and `words` BYTES [-1, 1] as
`same_floats`, `same_integers` and `same_words`, of which the first is its prediction. LOANS is the address of another
service, whose model has the columns `income`, `age` and `credit_score`. Prints what the clients found, as one JSON object.
"""

import asyncio
import json
import sys
import types

import numpy as np
import pandas as pd
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from tritonclient.utils import InferenceServerException

# MLflow asks whether there is a scipy.sparse, and fails if there is no scipy at all. This one is empty.
sys.modules["scipy"] = types.ModuleType("scipy")
sys.modules["scipy"].__path__ = []

URL, MODEL, VERSION, LOANS = sys.argv[1:]
HOST = URL.removeprefix("http://")

INPUTS = {
    "floats": ("FP32", np.array([[1.5, -2.25], [3.4e38, 1e-45]], np.float32)),
    "integers": ("INT64", np.array([[0, -1], [2**53 - 1, -(2**53) + 1]], np.int64)),
    "words": ("BYTES", np.array([["é\n"], [""]], np.object_)),
}
# What no number in JSON keeps.
WIDE = {**INPUTS, "integers": ("INT64", np.array([[2**63 - 1, -(2**63)], [2**53 + 1, 7]], np.int64))}


def plain(array):
    """Of a tensor what compares across clients; text comes as bytes from some."""
    if array.dtype == np.object_ or array.dtype.kind in "SU":
        return [[v.decode() if isinstance(v, bytes) else str(v) for v in row] for row in array]
    # Python has integers of any size, JavaScript has not.
    return [[str(v) if array.dtype == np.int64 else float(v) for v in row] for row in array]


def triton_inputs(arrays, binary):
    inputs = []
    for name, (datatype, array) in arrays.items():
        tensor = triton.InferInput(name, list(array.shape), datatype)
        tensor.set_data_from_numpy(array, binary_data=binary)
        inputs.append(tensor)
    return inputs


def triton_outputs(arrays, binary):
    return [triton.InferRequestedOutput(f"same_{name}", binary_data=binary) for name in arrays]


def triton_found(result, arrays):
    return {"id": result.get_response().get("id"), **{name: plain(result.as_numpy(f"same_{name}")) for name in arrays}}


def ask_triton():
    with triton.InferenceServerClient(HOST) as client:

        def infer(arrays, binary_in, binary_out, **options):
            outputs = None if binary_out is None else triton_outputs(arrays, binary_out)
            result = client.infer(
                MODEL, triton_inputs(arrays, binary_in), outputs=outputs, request_id="7", **options
            )
            return triton_found(result, arrays)

        def refused(call):
            try:
                call()
            except InferenceServerException as error:
                return [error.status(), error.message()]

        pending = client.async_infer(MODEL, triton_inputs(INPUTS, True), request_id="7")
        return {
            "live": client.is_server_live(),
            "ready": client.is_server_ready(),
            "model ready": client.is_model_ready(MODEL),
            "version ready": client.is_model_ready(MODEL, VERSION),
            "other ready": client.is_model_ready("other"),
            "server": client.get_server_metadata(),
            "model": client.get_model_metadata(MODEL),
            "version": client.get_model_metadata(MODEL, VERSION),
            "other": refused(lambda: client.get_model_metadata("other")),
            "one output": client.infer(
                MODEL, triton_inputs(INPUTS, True), outputs=triton_outputs(["words"], True)
            ).get_response(),
            "bad value": refused(
                lambda: infer({**INPUTS, "floats": ("FP32", np.array([[np.nan, 1], [2, 3]], np.float32))}, True, True)
            ),
            "bad shape": refused(
                lambda: infer({**INPUTS, "floats": ("FP32", np.zeros((2, 3), np.float32))}, False, False)
            ),
            "same": {
                "JSON": infer(INPUTS, False, False),
                "binary": infer(INPUTS, True, True),
                "binary by default": infer(INPUTS, True, None),
                "JSON in": infer(INPUTS, False, True),
                "JSON out": infer(INPUTS, True, False),
                "of a version": infer(INPUTS, True, True, model_version=VERSION),
                "gzip": infer(INPUTS, True, True, request_compression_algorithm="gzip"),
                "deflate": infer(INPUTS, False, False, request_compression_algorithm="deflate"),
                "compression of the answer": infer(INPUTS, True, True, response_compression_algorithm="gzip"),
                "parameters": infer(INPUTS, True, True, priority=1, timeout=10_000_000, parameters={"a": "b"}),
                "asynchronous": triton_found(pending.get_result(), INPUTS),
            },
            "wide": {"binary": infer(WIDE, True, True), "JSON out": infer(WIDE, True, False)},
            "config": client.get_model_config(MODEL),
            "version's config": client.get_model_config(MODEL, VERSION),
            "statistics": client.get_inference_statistics(MODEL),
            "version's statistics": client.get_inference_statistics(MODEL, VERSION),
            "index": client.get_model_repository_index(),
        }


async def ask_triton_aio():
    async with triton_aio.InferenceServerClient(HOST) as client:

        async def infer(binary):
            result = await client.infer(
                MODEL, triton_inputs(INPUTS, binary), outputs=triton_outputs(INPUTS, binary), request_id="7"
            )
            return triton_found(result, INPUTS)

        return {
            "ready": await client.is_server_ready(),
            "model": await client.get_model_metadata(MODEL),
            "config": await client.get_model_config(MODEL),
            "index": await client.get_model_repository_index(),
            "same": {"JSON": await infer(False), "binary": await infer(True)},
        }


async def ask_kserve():
    async with InferenceRESTClient(RESTConfig(protocol="v2")) as client:

        async def infer(arrays, binary_in, binary_out):
            inputs = []
            for name, (datatype, array) in arrays.items():
                tensor = InferInput(name, list(array.shape), datatype)
                tensor.set_data_from_numpy(array, binary_data=binary_in)
                inputs.append(tensor)
            outputs = [RequestedOutput(f"same_{name}", {"binary_data": binary_out}) for name in arrays]
            request = InferRequest(MODEL, inputs, request_id="7", request_outputs=outputs)
            answer = await client.infer(URL, request, model_name=MODEL)
            return {"id": answer.id, **{name: plain(answer.get_output_by_name(f"same_{name}").as_numpy()) for name in arrays}}

        return {
            "live": await client.is_server_live(URL),
            "ready": await client.is_server_ready(URL),
            "model ready": await client.is_model_ready(URL, MODEL),
            "other ready": await client.is_model_ready(URL, "other"),
            "same": {
                "JSON": await infer(INPUTS, False, False),
                "binary": await infer(INPUTS, True, True),
                "JSON in": await infer(INPUTS, False, True),
                "JSON out": await infer(INPUTS, True, False),
            },
            "wide": {"binary": await infer(WIDE, True, True), "JSON out": await infer(WIDE, True, False)},
        }


async def ask_kserve_v1():
    async with InferenceRESTClient(RESTConfig(protocol="v1")) as client:
        columns = {name: plain(array) for name, (_, array) in INPUTS.items()}
        rows = [dict(zip(columns, row)) for row in zip(*columns.values())]
        applicants = [[50_000, 35, 720], {"credit_score": 300, "age": 18, "income": 0}]
        return {
            "model ready": await client.is_model_ready(URL, MODEL),
            "instances": await client.infer(URL, {"instances": rows}, model_name=MODEL),
            "inputs": await client.infer(URL, {"inputs": columns}, model_name=MODEL),
            "loans": await client.infer(LOANS, {"instances": applicants}, model_name="loan-approval"),
        }


def ask_mlflow():
    client = ScoringServerClient(*LOANS.removeprefix("http://").split(":"))
    client.wait_server_ready()
    frame = pd.DataFrame({"age": [35, 18], "credit_score": [720, 300], "income": [50_000.0, 0.0]}, index=["a", "b"])

    def predictions(data):
        return client.invoke(data).get_predictions("ndarray").tolist()

    def refused(data):
        try:
            client.invoke(data)
        except Exception as error:  # The client raises nothing more precise.
            return str(error)

    return {
        "dataframe": predictions(frame),
        "records": predictions(json.dumps({"dataframe_records": frame.to_dict("records")})),
        "array": predictions(frame[["income", "age", "credit_score"]].to_numpy()),
        "one column more": refused(frame.assign(id=7)),
    }


print(
    json.dumps(
        {
            "triton": ask_triton(),
            "triton aio": asyncio.run(ask_triton_aio()),
            "kserve": asyncio.run(ask_kserve()),
            "kserve v1": asyncio.run(ask_kserve_v1()),
            "mlflow": ask_mlflow(),
        }
    )
)
