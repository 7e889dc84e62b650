#include <Python.h>
#include <math.h>

static PyObject *dist(PyObject *module, PyObject *arguments) {
    double x, y;
    if (!PyArg_ParseTuple(arguments, "dd", &x, &y)) return NULL;
    return PyFloat_FromDouble(hypot(x, y));
}

static PyMethodDef methods[] = {{"dist", dist, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_C", NULL, -1, methods};

PyMODINIT_FUNC PyInit__C(void) { return PyModule_Create(&definition); }
