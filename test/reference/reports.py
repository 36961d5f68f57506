"""Reference numbers for eval/reports from scikit-learn 1.9: python test/reference/reports.py"""
import json
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

texts = ["sinusrhythmus lagetyp normal", "sinusrhythmus linkstyp st-senkung", "st-senkung in v5, st-senkung in v6 linkstyp",
         "vorhofflimmern lagetyp normal", "vorhofflimmern linkstyp t neg in v5"]
vectoriser = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
rows = vectoriser.fit_transform(texts)
rng = np.random.default_rng(4)
x = np.round(rng.normal(size=(60, 4)) * (rng.random((60, 4)) < 0.6), 3)
y = (x[:, 0] - 0.5 * x[:, 1] + rng.normal(size=60) > 0.3).astype(int)
models = []
for c in (0.3, 10):
    fitted = LogisticRegression(C=c, tol=1e-10, max_iter=10000).fit(x, y)
    models.append({"c": c, "weights": fitted.coef_[0].tolist(), "intercept": fitted.intercept_[0]})
Path(__file__).with_name("reports.json").write_text(json.dumps({
    "texts": texts,
    "features": {f: int(i) for f, i in sorted(vectoriser.vocabulary_.items())},
    "rows": [{f: row.toarray()[0][i] for f, i in vectoriser.vocabulary_.items() if row.toarray()[0][i] != 0} for row in rows],
    "x": x.tolist(), "y": y.tolist(), "models": models,
}, indent=1) + "\n")
