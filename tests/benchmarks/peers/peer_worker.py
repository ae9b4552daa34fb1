# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenVINO's or ONNX Runtime's side of the comparison: loads one model file, then runs it whenever the driver asks.

Speaks lines on stdin and stdout as halftone_worker.cpp does; peers.py starts both. What is timed is the inference call
alone, with input and output in place: OpenVINO's through its C interface (its Python wrapper costs 5 us an inference
more), ONNX Runtime's through an I/O binding.
"""
import argparse
import ctypes
import json
import pathlib
import sys
import time

import numpy


class OpenVino:
    class Dimension(ctypes.Structure):
        _fields_ = [("min", ctypes.c_int64), ("max", ctypes.c_int64)]

    class Shape(ctypes.Structure):
        _fields_ = [("rank", ctypes.c_int64), ("dims", ctypes.POINTER(ctypes.c_int64))]

    F32 = 4  # ov_element_type_e

    def __init__(self, model, input_array, threads):
        import openvino  # finds the libraries that the C interface needs
        libs = pathlib.Path(openvino.__file__).parent / "libs"
        self.c = ctypes.CDLL(str(next(libs.glob("libopenvino_c.so*"))))
        self.input = input_array
        self.model, self.threads = model, threads

    class PartialShape(ctypes.Structure):
        pass

    def call(self, function, *arguments):
        if (status := getattr(self.c, function)(*arguments)) != 0:
            self.c.ov_get_last_err_msg.restype = ctypes.c_char_p
            raise RuntimeError(f"{function}: status {status}: {(self.c.ov_get_last_err_msg() or b'').decode()}")

    def made(self, function, *arguments):
        """The object that `function` hands out through its last argument."""
        result = ctypes.c_void_p()
        self.call(function, *arguments, ctypes.byref(result))
        return result

    def stages(self):
        core = self.made("ov_core_create")
        yield "core"
        model = self.made("ov_core_read_model", core, self.model.encode(), None)
        yield "read"
        dims = (self.Dimension * self.input.ndim)(*[(size, size) for size in self.input.shape])
        shape = self.PartialShape((self.input.ndim, self.input.ndim), dims)
        self.call("ov_model_reshape_single_input", model, shape)
        properties = {"INFERENCE_NUM_THREADS": str(self.threads), "PERFORMANCE_HINT": "LATENCY",
                      "INFERENCE_PRECISION_HINT": "f32"}
        words = [word.encode() for pair in properties.items() for word in pair]
        # The handle goes before the properties, which are variable arguments.
        compiled = ctypes.c_void_p()
        self.call("ov_core_compile_model", core, model, b"CPU", ctypes.c_size_t(len(words)), ctypes.byref(compiled),
                  *words)
        yield "compile"
        self.request = self.made("ov_compiled_model_create_infer_request", compiled)
        sizes = (ctypes.c_int64 * self.input.ndim)(*self.input.shape)
        data = self.input.ctypes.data_as(ctypes.c_void_p)
        tensor = self.made("ov_tensor_create_from_host_ptr", self.F32, self.Shape(self.input.ndim, sizes), data)
        self.call("ov_infer_request_set_input_tensor", self.request, tensor)
        function, request = self.c.ov_infer_request_infer, self.request
        self.infer = lambda: function(request)
        self.call("ov_infer_request_infer", self.request)
        yield "first"

    def output(self):
        tensor = self.made("ov_infer_request_get_output_tensor_by_index", self.request, ctypes.c_size_t(0))
        shape = self.Shape()
        self.call("ov_tensor_get_shape", tensor, ctypes.byref(shape))
        data = ctypes.c_void_p()
        self.call("ov_tensor_data", tensor, ctypes.byref(data))
        values = ctypes.cast(data, ctypes.POINTER(ctypes.c_float))
        return numpy.ctypeslib.as_array(values, shape.dims[:shape.rank]).copy()


OpenVino.PartialShape._fields_ = [("rank", OpenVino.Dimension), ("dims", ctypes.POINTER(OpenVino.Dimension))]


class OnnxRuntime:
    def __init__(self, model, input_array, threads):
        import onnxruntime
        self.runtime = onnxruntime
        self.input = input_array
        self.model, self.threads = model, threads

    def stages(self):
        options = self.runtime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.log_severity_level = 3
        # A known batch lets it plan its memory, as a fixed one does in the other engines.
        options.add_free_dimension_override_by_name("N", self.input.shape[0])
        session = self.runtime.InferenceSession(self.model, options, providers=["CPUExecutionProvider"])
        yield "session"
        binding = session.io_binding()
        binding.bind_cpu_input(session.get_inputs()[0].name, self.input)
        shape = session.get_outputs()[0].shape
        self.result = numpy.empty([self.input.shape[0], *shape[1:]], numpy.float32)
        binding.bind_output(session.get_outputs()[0].name, "cpu", 0, numpy.float32, self.result.shape,
                            self.result.ctypes.data)
        for other in session.get_outputs()[1:]:
            binding.bind_output(other.name)
        inner, inner_binding = session._sess, binding._iobinding
        self.session, self.binding = session, binding
        self.infer = lambda: inner.run_with_iobinding(inner_binding, None)
        self.infer()
        yield "first"

    def output(self):
        return self.result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--engine", choices=["openvino", "onnxruntime"], required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--input", required=True)
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    input_array = numpy.ascontiguousarray(numpy.load(options.input))
    engine = (OpenVino if options.engine == "openvino" else OnnxRuntime)(options.model, input_array, options.threads)
    stages, before = {}, time.perf_counter()
    for stage in engine.stages():
        now = time.perf_counter()
        stages[stage], before = 1000 * (now - before), now
    numpy.save(options.output, engine.output())
    print(json.dumps({"loadMs": sum(stages.values()), "stages": stages}), flush=True)
    infer, clock = engine.infer, time.perf_counter_ns
    for line in sys.stdin:
        times = []
        for _ in range(int(line.removeprefix("run "))):
            start = clock()
            infer()
            times.append(clock() - start)
        print(json.dumps(times), flush=True)


if __name__ == "__main__":
    main()
