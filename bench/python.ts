/** The Python that peers run in; `OSTWALD_PYTHON` names another one, of an environment that has their packages, say. */
export const { OSTWALD_PYTHON: PYTHON = "python3" } = process.env;
