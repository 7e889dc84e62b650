#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *words(PyObject *module, PyObject *arguments) {
    const char *text;
    long number = 0;
    if (!PyArg_ParseTuple(arguments, "s", &text)) return NULL;
    for (const char *at = text; *at; ++at)
        if (*at != ' ' && (at == text || at[-1] == ' ')) ++number;
    return PyLong_FromLong(number);
}

static PyMethodDef methods[] = {{"words", words, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "libcount", NULL, -1, methods};

PyMODINIT_FUNC PyInit_libcount(void) { return PyModule_Create(&definition); }
