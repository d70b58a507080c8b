"""Opens the exports of a run with the programs they are made for, and prints what those saw.

    python3 read_exports.py PARTICLES.parquet FRAMES.parquet PARTICLES.csv MASKS.coco

Which programs are there decides what is printed: pandas with pyarrow, duckdb, polars, pycocotools.
"""
import contextlib
import io
import json
import sys


def pandas_reads(particles, frames, csv):
    import pandas
    import pyarrow.parquet

    table, of_csv = pandas.read_parquet(particles), pandas.read_csv(csv)
    metadata = pyarrow.parquet.read_schema(particles).metadata
    return {
        "rows": len(table),
        "columns": list(table.columns),
        "types": {name: str(kind) for name, kind in table.dtypes.items()},
        "ecdNm": table["ecd_nm"].sum(),
        "csvEcdNm": of_csv["ecd_nm"].sum(),
        "sameColumns": list(of_csv.columns) == list(table.columns),
        "frames": len(pandas.read_parquet(frames)),
        "run": json.loads(metadata[b"ostwald"])["run"]["name"],
    }


def duckdb_reads(particles, frames, _csv):
    import duckdb

    joined = f"FROM '{particles}' p JOIN '{frames}' f USING (seq)"
    return {
        "rows": duckdb.sql(f"SELECT count(*) FROM '{particles}'").fetchall()[0][0],
        "ecdNm": duckdb.sql(f"SELECT sum(p.ecd_nm) {joined}").fetchall()[0][0],
        "rejected": duckdb.sql(f"SELECT count(*) FROM '{frames}' WHERE outcome = 'rejected'").fetchall()[0][0],
    }


def polars_reads(particles, _frames, _csv):
    import polars

    table = polars.read_parquet(particles)
    return {"rows": table.height, "ecdNm": table["ecd_nm"].sum()}


def pycocotools_reads(coco):
    from pycocotools.coco import COCO

    with contextlib.redirect_stdout(io.StringIO()):
        masks = COCO(coco)
    pixels = [int(masks.annToMask(annotation).sum()) for annotation in masks.loadAnns(masks.getAnnIds())]
    areas = [annotation["area"] for annotation in masks.loadAnns(masks.getAnnIds())]
    return {"images": len(masks.getImgIds()), "pixels": pixels, "areas": areas}


def seen(read, *paths):
    try:
        return read(*paths)
    except ImportError:
        return None


if __name__ == "__main__":
    tables, coco = sys.argv[1:4], sys.argv[4]
    json.dump({
        "pandas": seen(pandas_reads, *tables),
        "duckdb": seen(duckdb_reads, *tables),
        "polars": seen(polars_reads, *tables),
        "pycocotools": seen(pycocotools_reads, coco),
    }, sys.stdout)
