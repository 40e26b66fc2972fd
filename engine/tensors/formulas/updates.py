"""What an optimizer does to one number, with the numbers put in. The steps are those of torch.optim (2.13)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.tensors.formulas.moment import Worked, at, lines, picked
from engine.tensors.formulas.terms import Index, Numbers, Term, greatest, root, show, term

State = Mapping[str, Numbers]


@dataclass(frozen=True, slots=True)
class UpdateMoment:
    """One parameter in optimizer.step(). `settings` is its parameter group, `state` what torch kept, before and after."""

    name: str
    settings: Mapping[str, object]
    before: Numbers
    gradient: Numbers
    after: Numbers
    old_state: State
    new_state: State
    penalty: Numbers | None = None
    """What of `gradient` comes from penalties on the weights; None where this parameter is not penalized."""

    def setting(self, name: str) -> float:
        value = self.settings[name]
        return float(value.item() if hasattr(value, "item") else value)  # type: ignore[arg-type]

    @property
    def betas(self) -> tuple[float, float]:
        betas = self.settings["betas"]
        assert isinstance(betas, tuple)
        return float(betas[0]), float(betas[1])

    @property
    def step(self) -> float:
        """How many steps the optimizer has done with this parameter, this one included."""
        return float(self.new_state["step"].reshape(-1)[0])

    def old(self, name: str, index: Index) -> float:
        """An entry of the optimizer's memory before the step; 0 before the first step."""
        return float(self.old_state[name][index]) if name in self.old_state else 0.0


Steps = list[tuple[str, Term, float | None]]
"""Name of an intermediate result (or "" for the parameter), its expression, and torch's number for it if it keeps one."""
Compute = Callable[[UpdateMoment, Index], Steps]


def arriving(moment: UpdateMoment, index: Index) -> Term:
    """The gradient as the optimizer takes it: with its sign turned where it maximizes."""
    gradient = term(moment.gradient[index])
    return -gradient if moment.settings.get("maximize") else gradient


def _gradient(moment: UpdateMoment, index: Index) -> tuple[Term, Steps]:
    """The gradient, with weight decay added to it where there is one."""
    plain = arriving(moment, index)
    decay = moment.setting("weight_decay")
    if not decay or moment.settings.get("decoupled_weight_decay"):
        return plain, []
    pulled = plain + term(decay) * term(moment.before[index])
    return term(pulled.value), [("g", pulled, None)]


def _sgd(moment: UpdateMoment, index: Index) -> Steps:
    gradient, steps = _gradient(moment, index)
    momentum = moment.setting("momentum")
    if momentum:
        velocity = float(moment.new_state["momentum_buffer"][index])
        if "momentum_buffer" in moment.old_state:
            weighed = (1 - term(moment.setting("dampening"))).grouped() * gradient
            share = gradient if not moment.setting("dampening") else weighed
            steps.append(("v", term(momentum) * moment.old("momentum_buffer", index) + share, velocity))
        else:
            steps.append(("v", gradient, velocity))
        gradient = term(velocity)
        if moment.settings["nesterov"]:
            ahead = (steps[0][1] if len(steps) > 1 else arriving(moment, index)) + term(momentum) * velocity
            steps.append(("g + momentum·v", ahead, None))
            gradient = term(ahead.value)
    return [*steps, ("", term(moment.before[index]) - term(moment.setting("lr")) * gradient, None)]


def _moments(moment: UpdateMoment, index: Index, gradient: Term) -> tuple[Steps, Term, Term]:
    """Adam's m and v, and both corrected for having started at 0."""
    first, second = moment.betas
    m, v = float(moment.new_state["exp_avg"][index]), float(moment.new_state["exp_avg_sq"][index])
    steps: Steps = [
        ("m", term(first) * moment.old("exp_avg", index) + term(1 - first) * gradient, m),
        ("v", term(second) * moment.old("exp_avg_sq", index) + term(1 - second) * gradient.squared(), v),
    ]
    m_hat = term(m) / (1 - term(first) ** int(moment.step)).grouped()
    if moment.settings.get("amsgrad"):
        most = float(moment.new_state["max_exp_avg_sq"][index])
        steps.append(("v max", greatest([moment.old("max_exp_avg_sq", index), v]), most))
        v = most
    v_hat = term(v) / (1 - term(second) ** int(moment.step)).grouped()
    return [*steps, ("m̂", m_hat, None), ("v̂", v_hat, None)], term(m_hat.value), term(v_hat.value)


def _decayed(moment: UpdateMoment, index: Index) -> tuple[Term, Steps]:
    """The parameter after decay that does not pass through the gradient."""
    start = term(moment.before[index])
    decay, lr = moment.setting("weight_decay"), moment.setting("lr")
    if not decay or not moment.settings.get("decoupled_weight_decay"):  # torch sets it for AdamW by itself
        return start, []
    pulled = start - term(lr) * decay * start
    return term(pulled.value), [("θ after decay", pulled, None)]


def _scaled_step(moment: UpdateMoment, start: Term, top: Term, square: Term, lr: float) -> Term:
    """start − lr·top/(√square + eps)."""
    return start - term(lr) * top / (root(square) + moment.setting("eps")).grouped()


def _adam(moment: UpdateMoment, index: Index) -> Steps:
    gradient, steps = _gradient(moment, index)
    more, m_hat, v_hat = _moments(moment, index, gradient)
    final = _scaled_step(moment, term(moment.before[index]), m_hat, v_hat, moment.setting("lr"))
    return [*steps, *more, ("", final, None)]


def _adamw(moment: UpdateMoment, index: Index) -> Steps:
    start, steps = _decayed(moment, index)
    more, m_hat, v_hat = _moments(moment, index, arriving(moment, index))
    return [*steps, *more, ("", _scaled_step(moment, start, m_hat, v_hat, moment.setting("lr")), None)]


def _rmsprop(moment: UpdateMoment, index: Index) -> Steps:
    gradient, steps = _gradient(moment, index)
    alpha = moment.setting("alpha")
    square = float(moment.new_state["square_avg"][index])
    spread = term(alpha) * moment.old("square_avg", index) + term(1 - alpha) * gradient.squared()
    steps.append(("v", spread, square))
    below = term(square)
    if moment.settings.get("centered"):
        mean = float(moment.new_state["grad_avg"][index])
        old_mean = term(moment.old("grad_avg", index))
        steps.append(("mean g", term(alpha) * old_mean + term(1 - alpha) * gradient, mean))
        below = term(square) - term(mean).squared()
    lr, start = moment.setting("lr"), term(moment.before[index])
    momentum = moment.setting("momentum")
    if not momentum:
        return [*steps, ("", _scaled_step(moment, start, gradient, below, lr), None)]
    buffer = float(moment.new_state["momentum_buffer"][index])
    pushed = (
        term(momentum) * moment.old("momentum_buffer", index)
        + gradient / (root(below) + moment.setting("eps")).grouped()
    )
    return [*steps, ("b", pushed, buffer), ("", start - term(lr) * buffer, None)]


def _adagrad(moment: UpdateMoment, index: Index) -> Steps:
    gradient, steps = _gradient(moment, index)
    square = float(moment.new_state["sum"][index])
    old = moment.old("sum", index) if "sum" in moment.old_state else moment.setting("initial_accumulator_value")
    steps.append(("s", term(old) + gradient.squared(), square))
    lr, slower = moment.setting("lr"), moment.setting("lr_decay")
    if slower:
        shrunk = term(lr) / (1 + term(moment.step - 1) * slower).grouped()
        steps.append(("lr of this step", shrunk, None))
        lr = shrunk.value
    return [*steps, ("", _scaled_step(moment, term(moment.before[index]), gradient, term(square), lr), None)]


def _adadelta(moment: UpdateMoment, index: Index) -> Steps:
    gradient, steps = _gradient(moment, index)
    rho, eps = moment.setting("rho"), moment.setting("eps")
    square, moved = float(moment.new_state["square_avg"][index]), float(moment.new_state["acc_delta"][index])
    before = moment.old("acc_delta", index)
    delta = root(term(before) + eps) / root(term(square) + eps) * gradient
    width = term(delta.value)
    return [
        *steps,
        ("v", term(rho) * moment.old("square_avg", index) + term(1 - rho) * gradient.squared(), square),
        ("Δ", delta, None),
        ("u", term(rho) * before + term(1 - rho) * width.squared(), moved),
        ("", term(moment.before[index]) - term(moment.setting("lr")) * width, None),
    ]


def nesterov_momenta(moment: UpdateMoment) -> tuple[Term, Term, float]:
    """NAdam's μ of this step and of the next one, and the product of all so far, this one included."""
    first, psi = moment.betas[0], moment.setting("momentum_decay")
    found = []
    for step in (moment.step, moment.step + 1):
        text = f"{show(first)}·(1 − 0.5·0.96^({show(step)}·{show(psi)}))"
        found.append(Term(text, first * (1 - 0.5 * 0.96 ** (step * psi)), 1.0))
    return found[0], found[1], float(moment.new_state["mu_product"].reshape(-1)[0])


def _nadam(moment: UpdateMoment, index: Index) -> Steps:
    start, steps = _decayed(moment, index)
    gradient, more = _gradient(moment, index)
    moments, _, v_hat = _moments(moment, index, gradient)
    now, ahead, product = nesterov_momenta(moment)
    below = (root(v_hat) + moment.setting("eps")).grouped()
    lr, mu, mu_next = term(moment.setting("lr")), term(now.value), term(ahead.value)
    mean = term(float(moment.new_state["exp_avg"][index]))
    fresh = lr * (1 - mu).grouped() / (1 - term(product)).grouped() * gradient / below
    kept = lr * mu_next / (1 - term(product) * mu_next).grouped() * mean / below
    shown = [each for each in moments if each[0] != "m̂"]
    return [*steps, *more, *shown, ("μ", now, None), ("μ′", ahead, None), ("", start - fresh - kept, None)]


def rectified(moment: UpdateMoment) -> tuple[float, float]:
    """RAdam's ρ, the length of the average that v is by now, and its correction r (Liu et al. 2020); r counts for ρ > 5."""
    second, step = moment.betas[1], moment.step
    longest = 2 / (1 - second) - 1
    length = longest - 2 * step * second**step / (1 - second**step)
    if length <= 5:
        return length, 1.0
    top = (length - 4) * (length - 2) * longest
    return length, (top / ((longest - 4) * (longest - 2) * length)) ** 0.5


def _radam(moment: UpdateMoment, index: Index) -> Steps:
    start, steps = _decayed(moment, index)
    gradient, more = _gradient(moment, index)
    moments, m_hat, _ = _moments(moment, index, gradient)
    shown = [*steps, *more, *(each for each in moments if each[0] != "v̂")]
    length, factor = rectified(moment)
    lr = term(moment.setting("lr"))
    if length <= 5:
        return [*shown, ("", start - lr * m_hat, None)]
    square = term(float(moment.new_state["exp_avg_sq"][index]))
    warm = root((1 - term(moment.betas[1]) ** int(moment.step)).grouped())
    scaled = lr * factor * m_hat * warm / (root(square) + moment.setting("eps")).grouped()
    return [*shown, ("", start - scaled, None)]


UPDATE: dict[str, Compute] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adamw,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
    "adadelta": _adadelta,
    "nadam": _nadam,
    "radam": _radam,
}


def work_out_update(kind: str, moment: UpdateMoment) -> list[Worked]:
    """The update of the parameter's elements with the numbers put in; none for an optimizer without an entry."""
    compute = UPDATE.get(kind)
    found = []
    for index in picked(moment.gradient) if compute else ():
        for name, expression, torch_number in compute(moment, index) if compute else ():
            recorded = torch_number if torch_number is not None else expression.value
            if not name:
                recorded = float(moment.after[index])
            found.append(Worked(at(name or moment.name, moment.before.shape, index), expression, recorded))
    return found


def update_formula(kind: str, moment: UpdateMoment, otherwise: str) -> str:
    """The lines to show for one parameter's update: of the first element only, where it takes several steps."""
    worked = work_out_update(kind, moment)
    last = [place for place, each in enumerate(worked) if each.left.startswith(moment.name)]
    steps = last[0] + 1 if last else 0
    good = [each.line for each in worked[:steps] if each.holds] if steps > 1 else []
    return "\n".join(good) or lines(worked, otherwise)
