"""The dense layer and the table of vectors."""

from __future__ import annotations

from engine.catalog.layers.base import LayerEntry, arriving, count, switch
from engine.fields import Field

# Not offered of torch.nn.Embedding: max_norm (rewrites the weights in every forward pass, even while only looking) with its
# norm_type, and sparse (gradients that most optimizers cannot take).
DENSE = (
    LayerEntry(
        "linear",
        "Linear",
        "torch.nn.Linear",
        (
            arriving("in_features", "features"),
            count("out_features", 8, "Number of neurons: the features that leave."),
            switch("bias", True, "Add a learned number to every neuron."),
        ),
        "A dense layer: every neuron is a weighted sum of all inputs plus a bias.",
        "y = x·Wᵀ + b",
        group="Dense",
        inferred=(("in_features", -1),),
        weights=True,
        biases=True,
        words=("dense", "fully connected", "fc", "affine"),
    ),
    LayerEntry(
        "embedding",
        "Embedding",
        "torch.nn.Embedding",
        (
            count("num_embeddings", 10, "Number of rows of the table: the values 0 to num_embeddings − 1 can arrive."),
            count("embedding_dim", 8, "Length of a row: what leaves for every number that arrives."),
            Field(
                "padding_idx",
                "padding_idx",
                "int",
                None,
                "The row of this number begins with zeros and is not trained: it stands for nothing.",
                low=0,
                high=1_000_000,
                optional=True,
                none_text="none",
            ),
            switch("scale_grad_by_freq", False, "Divide a row's gradient by how often its number is in the batch."),
        ),
        "A table with a learned row for every whole number: words, categories, days. Standardized data are no whole numbers.",
        "y = W[x]",
        group="Dense",
        weights=True,
        words=("lookup", "table", "word", "category", "token"),
    ),
)
