"""Every word of the lab's language: functions, methods, attributes, constants. What is not here does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Home = Literal["torch", "functional", "lab"]


@dataclass(frozen=True, slots=True)
class Word:
    """A function or method. `required` and `optional` name its arguments in torch's order, without the owner of a method.

    With `many`, any number of plain arguments may be given (the sizes of `zeros(2, 3)`), in place of the first. `home` is
    where torch has it; "lab" means that the lab has code of its own for it.
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    many: bool
    help: str
    home: Home = "torch"

    @property
    def shown(self) -> str:
        """How it is called: "clamp(input, min, max)"."""
        first = ("*" if self.many else "") + ", ".join((*self.required, *(f"{name}=" for name in self.optional)))
        return f"{self.name}({first})"

    def complaint(self, count: int, keywords: tuple[str, ...]) -> str:
        """What is wrong with a call of `count` plain arguments and these keywords; "" when nothing is."""
        known = (*self.required, *self.optional)
        for keyword in keywords:
            if keyword not in known:
                return f"{self.name} has no argument “{keyword}” here"
        if self.many:
            return "" if count or self.required[0] in keywords or not self.required else f"{self.name} needs a size"
        if count > len(known):
            return f"{self.name} takes at most {len(known)} arguments, not {count}"
        missing = [name for name in self.required[count:] if name not in keywords]
        if missing:
            return f"{self.name} needs the argument “{missing[0]}”"
        twice = [name for name in known[:count] if name in keywords]
        return f"{self.name} gets “{twice[0]}” twice" if twice else ""


def _words(text: str, home: Home = "torch") -> dict[str, Word]:
    """One word a line: `name required… [optional…] | help`; a star before the first argument means any number."""
    found = {}
    for line in text.strip().splitlines():
        call, _, help = line.partition("|")
        name, *rest = call.replace("[", " [ ").replace("]", " ] ").split()
        cut = rest.index("[") if "[" in rest else len(rest)
        required = tuple(part.removeprefix("*") for part in rest[:cut])
        optional = tuple(part for part in rest[cut:] if part not in "[]")
        many = any(part.startswith("*") for part in rest[:cut])
        found[name] = Word(name, required, optional, many, help.strip(), home)
    return found


CREATION = _words("""
tensor data [dtype requires_grad] | A new tensor with these numbers.
zeros *size [dtype requires_grad] | A new tensor full of zeros.
ones *size [dtype requires_grad] | A new tensor full of ones.
full size fill_value [dtype requires_grad] | A new tensor full of one number.
arange start [end step dtype requires_grad] | Evenly spaced numbers, the end left out.
linspace start end steps [dtype requires_grad] | Evenly spaced numbers, both ends included.
eye n [m dtype requires_grad] | The identity matrix.
rand *size [dtype requires_grad] | Random numbers, even between 0 and 1.
randn *size [dtype requires_grad] | Random numbers from the standard normal distribution.
randint low high [size dtype requires_grad] | Random whole numbers, high left out.
normal mean std [size] | Random numbers from a normal distribution.
randperm n [dtype] | The whole numbers below n in random order.
zeros_like input [dtype requires_grad] | Zeros in the shape of another tensor.
ones_like input [dtype requires_grad] | Ones in the shape of another tensor.
full_like input fill_value [dtype requires_grad] | One number in the shape of another tensor.
rand_like input [dtype requires_grad] | Random numbers between 0 and 1 in the shape of another tensor.
randn_like input [dtype requires_grad] | Standard normal random numbers in the shape of another tensor.
bernoulli input | 1 with the given probability, else 0.
""")
ELEMENTWISE = _words("""
add input other | Element by element: a + b.
sub input other | Element by element: a − b.
mul input other | Element by element: a · b.
div input other | Element by element: a / b.
pow input exponent | Element by element: a power.
exp input | e to the power of every element.
expm1 input | exp(x) − 1, exact near 0.
log input | The natural logarithm of every element.
log1p input | log(1 + x), exact near 0.
sqrt input | The square root of every element.
rsqrt input | 1/√x of every element.
square input | The square of every element.
reciprocal input | 1/x of every element.
abs input | The size of every element, without its sign.
neg input | Every element with its sign turned.
sign input | −1, 0 or 1.
sin input | The sine of every element.
cos input | The cosine of every element.
erf input | The error function of every element.
relu input | max(0, x): negative elements become 0.
tanh input | The hyperbolic tangent: between −1 and 1.
sigmoid input | 1/(1 + e^(−x)): between 0 and 1.
clamp input [min max] | Elements below min become min, above max become max.
maximum input other | The greater of two, element by element.
minimum input other | The smaller of two, element by element.
where condition input other | input where the condition holds, else other.
round input [decimals] | The nearest whole number.
floor input | The whole number below.
ceil input | The whole number above.
isnan input | Whether each element is “not a number”.
isfinite input | Whether each element is finite.
""")
REDUCTIONS = _words("""
sum input [dim keepdim dtype] | All elements added up, or along dim.
mean input [dim keepdim dtype] | The mean of all elements, or along dim.
prod input [dim keepdim] | All elements multiplied, or along dim.
max input [dim keepdim] | The greatest element; with dim the greatest along it and where it is.
min input [dim keepdim] | The smallest element; with dim the smallest along it and where it is.
amax input [dim keepdim] | The greatest element along dim.
amin input [dim keepdim] | The smallest element along dim.
argmax input [dim keepdim] | The place of the greatest element.
argmin input [dim keepdim] | The place of the smallest element.
var input [dim unbiased keepdim correction] | The variance; divides by N − 1 unless unbiased=False.
std input [dim unbiased keepdim correction] | The standard deviation; divides by N − 1 unless unbiased=False.
norm input [p dim keepdim] | The length: √Σx².
logsumexp input dim [keepdim] | log Σ exp(x), computed so that nothing overflows.
cumsum input dim | Running sums along dim.
all input [dim keepdim] | Whether all elements hold.
any input [dim keepdim] | Whether any element holds.
softmax input dim | exp(x)/Σ exp(x): probabilities along dim.
log_softmax input dim | The logarithm of softmax, computed so that nothing overflows.
""")
MATRICES = _words("""
matmul input other | The product of matrices and vectors: a @ b.
mm input mat2 | The product of two matrices.
addmm input mat1 mat2 | A vector or matrix plus the product of two matrices.
mv input vec | The product of a matrix and a vector.
bmm input mat2 | Products of matrices, pair by pair.
dot input tensor | The inner product of two vectors: Σ aᵢ·bᵢ.
outer input vec2 | The outer product of two vectors: aᵢ·bⱼ.
t input | The transpose of a matrix.
transpose input dim0 dim1 | Two axes change places.
permute input dims | The axes in another order.
reshape input shape | The same numbers in another shape.
flatten input [start_dim end_dim] | The same numbers as one row, or some axes joined.
unsqueeze input dim | A new axis of length 1.
squeeze input [dim] | Axes of length 1 left out.
cat tensors [dim] | Tensors one after the other along an axis.
stack tensors [dim] | Tensors of one shape along a new axis.
flip input dims | The other way round along these axes.
tril input [diagonal] | The lower triangle, zeros above.
triu input [diagonal] | The upper triangle, zeros below.
trace input | The sum of the diagonal.
numel input | How many elements there are.
equal input other | Whether both tensors are the same.
allclose input other [rtol atol] | Whether both tensors are nearly the same.
clone input | A copy that stays in the graph.
detach input | The same numbers outside the graph: a constant for backward.
""")
FUNCTIONAL = _words(
    """
gelu input [approximate] | x·Φ(x), a smooth relative of ReLU.
leaky_relu input [negative_slope] | x for positive elements, negative_slope·x for the others.
elu input [alpha] | x for positive elements, alpha·(e^x − 1) for the others.
silu input | x·σ(x), a smooth relative of ReLU.
softplus input [beta threshold] | log(1 + e^x), a smooth relative of ReLU.
logsigmoid input | log σ(x), computed so that nothing overflows.
dropout input [p training] | Sets elements to 0 with probability p and scales the others by 1/(1 − p).
linear input weight [bias] | x·Wᵀ + b.
one_hot tensor [num_classes] | Class numbers as rows with a single 1.
mse_loss input target [reduction] | Mean squared error: mean of (ŷ − y)².
l1_loss input target [reduction] | Mean absolute error: mean of |ŷ − y|.
smooth_l1_loss input target [reduction beta] | Squared near 0, absolute beyond beta.
huber_loss input target [reduction delta] | Squared near 0, absolute beyond delta.
cross_entropy input target [weight ignore_index reduction label_smoothing] | −log softmax(logits) of the true class. Takes raw logits.
nll_loss input target [weight ignore_index reduction] | −(log-probability of the true class).
binary_cross_entropy input target [weight reduction] | −[y·log p + (1 − y)·log(1 − p)], takes probabilities.
binary_cross_entropy_with_logits input target [weight reduction pos_weight] | Binary cross-entropy of σ(logits), takes raw logits.
multi_margin_loss input target [p margin weight reduction] | The hinge loss of several classes.
kl_div input target [reduction log_target] | Σ y·(log y − ŷ); ŷ holds log-probabilities.
""",
    "functional",
)
OWN = _words(
    """
manual_seed seed | Starts the random numbers of the lab anew.
jacobian output input | The matrix of all ∂outputᵢ/∂inputⱼ, one backward pass per row.
SGD params [lr momentum dampening weight_decay nesterov maximize] | θ ← θ − lr·g, with momentum if wanted.
Adam params [lr betas eps weight_decay amsgrad maximize] | A step size of its own for every weight.
AdamW params [lr betas eps weight_decay amsgrad maximize] | Adam whose decay does not pass through the moments.
RMSprop params [lr alpha eps weight_decay momentum centered maximize] | Divides the gradient by a running mean of its size.
Adagrad params [lr lr_decay weight_decay initial_accumulator_value eps maximize] | Divides the gradient by the root of the sum of its squares.
Adadelta params [lr rho eps weight_decay maximize] | Sizes a step by the steps before it.
NAdam params [lr betas eps weight_decay momentum_decay decoupled_weight_decay maximize] | Adam that looks ahead along its momentum.
RAdam params [lr betas eps weight_decay decoupled_weight_decay maximize] | Adam that trusts the spread of gradients only once it is known.
MSELoss [reduction] | mse_loss as an object that is called later.
L1Loss [reduction] | l1_loss as an object that is called later.
HuberLoss [reduction delta] | huber_loss as an object that is called later.
SmoothL1Loss [reduction beta] | smooth_l1_loss as an object that is called later.
CrossEntropyLoss [weight ignore_index reduction label_smoothing] | cross_entropy as an object that is called later.
NLLLoss [weight ignore_index reduction] | nll_loss as an object that is called later.
BCELoss [weight reduction] | binary_cross_entropy as an object that is called later.
BCEWithLogitsLoss [weight reduction pos_weight] | binary_cross_entropy_with_logits as an object that is called later.
MultiMarginLoss [p margin weight reduction] | multi_margin_loss as an object that is called later.
KLDivLoss [reduction log_target] | kl_div as an object that is called later.
""",
    "lab",
)
FUNCTIONS: dict[str, Word] = {
    **CREATION,
    **ELEMENTWISE,
    **REDUCTIONS,
    **MATRICES,
    **FUNCTIONAL,
    **OWN,
    "absolute": Word("absolute", ("input",), (), False, "Another name of abs."),
    "multiply": Word("multiply", ("input", "other"), (), False, "Another name of mul."),
    "subtract": Word("subtract", ("input", "other"), (), False, "Another name of sub."),
    "divide": Word("divide", ("input", "other"), (), False, "Another name of div."),
}
CRITERIA = {
    "MSELoss": "mse_loss",
    "L1Loss": "l1_loss",
    "HuberLoss": "huber_loss",
    "SmoothL1Loss": "smooth_l1_loss",
    "CrossEntropyLoss": "cross_entropy",
    "NLLLoss": "nll_loss",
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "KLDivLoss": "kl_div",
    "MultiMarginLoss": "multi_margin_loss",
}
"""Loss object → the function that it calls."""
OPTIMIZERS = {
    name: name.lower() for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "NAdam", "RAdam")
}
"""Optimizer → its entry in engine.catalog."""


def _as_method(word: Word) -> Word:
    """The function with its first argument as the owner."""
    many = word.name in ("reshape", "permute", "flip")
    return Word(word.name, word.required[1:], word.optional, many, word.help)


_SHARED = {
    name: _as_method(word)
    for name, word in {**ELEMENTWISE, **REDUCTIONS, **MATRICES}.items()
    if name not in ("where", "cat", "stack", "detach", "clone")
}
CHANGING = _words("""
add_ other [alpha] | Adds, in place.
sub_ other [alpha] | Subtracts, in place.
subtract_ other [alpha] | Subtracts, in place.
mul_ other | Multiplies, in place.
multiply_ other | Multiplies, in place.
div_ other | Divides, in place.
pow_ exponent | A power, in place.
abs_ | The size without sign, in place.
neg_ | The sign turned, in place.
exp_ | e to the power, in place.
log_ | The natural logarithm, in place.
sqrt_ | The square root, in place.
square_ | The square, in place.
relu_ | ReLU, in place.
tanh_ | tanh, in place.
sigmoid_ | The sigmoid, in place.
clamp_ [min max] | Kept between min and max, in place.
zero_ | All elements become 0, in place.
fill_ value | All elements become one number, in place.
copy_ src | Takes over another tensor's numbers, in place.
normal_ [mean std] | Random numbers from a normal distribution, in place.
uniform_ [from_ to] | Random numbers, even between two bounds, in place.
""")
"""Methods that change their owner; each is one operation on the tape."""
TENSOR_METHODS: dict[str, Word] = {
    **_SHARED,
    **CHANGING,
    **_words("""
view *shape | The same numbers in another shape, sharing memory.
expand *sizes | Axes of length 1 repeated without copying.
repeat *sizes | Copies side by side.
item | The only element as a plain number.
tolist | The elements as a list of plain numbers.
size [dim] | The shape, or the length of one axis.
dim | The number of axes.
detach | The same numbers outside the graph, sharing memory: a constant for backward.
clone | A copy that stays in the graph.
retain_grad | Asks autograd to keep .grad of a result that is no leaf.
requires_grad_ [requires_grad] | Makes the leaf a parameter: autograd follows what is computed from it.
backward [gradient retain_graph] | Goes back through the graph and adds every gradient to .grad of the leaves.
float | The same numbers as float32.
double | The same numbers as float64.
long | The same numbers as whole numbers.
bool | Whether each element is not 0.
to dtype | The same numbers in another dtype.
expand_as other | Repeated to another tensor's shape.
view_as other | In another tensor's shape.
"""),
}
OPTIMIZER_METHODS: dict[str, Word] = _words("""
step | Every parameter takes one step with its own .grad.
zero_grad [set_to_none] | .grad of every parameter becomes None; 0 with set_to_none=False.
""")
METHODS: dict[str, Word] = {**TENSOR_METHODS, **OPTIMIZER_METHODS}

ATTRIBUTES = {
    "grad": "What backward has added up for this tensor; None before.",
    "data": "The same numbers, but autograd does not see what is done to them.",
    "shape": "The length of every axis.",
    "dtype": "The kind of number.",
    "ndim": "The number of axes.",
    "is_leaf": "Whether it was made directly, not computed from tensors that autograd follows.",
    "requires_grad": "Whether autograd follows what is computed from it.",
    "retains_grad": "Whether autograd keeps .grad although it is no leaf.",
    "grad_fn": "The node that knows the way back from this result; None for a leaf.",
    "T": "The transpose.",
    "mT": "The transpose of the last two axes.",
    "values": "The greatest (or smallest) elements that max(dim=…) or min(dim=…) found.",
    "indices": "The places that max(dim=…) or min(dim=…) found.",
}
SETTABLE = ("grad", "requires_grad")
DTYPES = ("float32", "float64", "float", "double", "int64", "long", "int32", "int", "bool")
CONSTANTS = (*DTYPES, "pi", "e", "inf", "nan")
MODULES = (
    "torch",
    "F",
    "nn",
    "optim",
    "nn.functional",
    "torch.nn",
    "torch.nn.functional",
    "torch.optim",
    "torch.autograd",
    "torch.autograd.functional",
)
"""What may stand before a function and a dot; it means the same with and without."""
RESERVED = ("torch", "F", "nn", "optim", "print", "range", "no_grad")
