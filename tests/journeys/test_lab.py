"""Graph Lab through the window with the real engine: typed, chosen, dragged, stepped; every number is read off the screen."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest

from engine.lab.templates import template
from gui.lab.panel import LabPanel
from tests.journeys.hands import Hands, table_texts

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


def open_lab(hands: Hands) -> LabPanel:
    hands.press("Lab")
    panel = hands.bench.lab_panel
    hands.wait(lambda: panel.view is not None)
    return panel


def fresh(hands: Hands) -> None:
    """Wait for the answer to the text as it is now."""
    panel = hands.bench.lab_panel
    hands.wait(lambda: panel.view is not None and panel.view.source == panel.text)


def write(hands: Hands, text: str) -> None:
    """Put the text into the editor by keys, and wait until it has run by itself."""
    editor = hands.bench.lab_panel.editor
    hands.click(editor.viewport())
    QTest.keyClick(editor, Qt.Key.Key_A, CTRL)
    QTest.keyClick(editor, Qt.Key.Key_Delete)
    for number, line in enumerate(text.split("\n")):
        if number:
            QTest.keyClick(editor, Qt.Key.Key_Return)
        QTest.keyClicks(editor, line)
    assert editor.text == text
    fresh(hands)


def choose(hands: Hands, name: str) -> None:
    """Templates ▸ group ▸ title, by keys in the open menu."""
    bar = hands.bench.lab_panel.bar
    wanted = template(name)

    def walk() -> None:
        menu, submenu = bar.menu, bar.submenus[wanted.group]
        assert menu.isVisible()
        _down_to(menu, [one.text() for one in menu.actions()].index(wanted.group), menu.actions())
        QTest.keyClick(menu, Qt.Key.Key_Right)
        _down_to(submenu, [one.text() for one in submenu.actions()].index(wanted.title), submenu.actions())
        QTest.keyClick(submenu, Qt.Key.Key_Return)

    QTimer.singleShot(50, bar, walk)
    hands.click(bar.templates)
    hands.wait(lambda: hands.bench.lab_panel.text == wanted.text)
    if not hands.bench.window.isActiveWindow():
        hands.bench.window.activateWindow()
        hands.wait(hands.bench.window.isActiveWindow)
    fresh(hands)


def _down_to(menu: object, row: int, actions: list[QAction]) -> None:
    while menu.activeAction() is not actions[row] and menu.activeAction() != actions[row]:  # type: ignore[attr-defined]
        QTest.keyClick(menu, Qt.Key.Key_Down)  # type: ignore[arg-type]


def column(panel: LabPanel, number: int) -> dict[str, str]:
    return {row[0]: row[number] for row in table_texts(panel.results.table)}


def grads(panel: LabPanel) -> dict[str, str]:
    return column(panel, 2)


def test_the_first_visit_shows_numbers_and_typing_shows_others(hands: Hands) -> None:
    panel = open_lab(hands)
    assert column(panel, 1) == {"x": "3", "y": "9"}
    assert grads(panel) == {"x": "6", "y": "None"}
    assert panel.printed.toPlainText() == "tensor(6.)"
    assert hands.bench.panels["graph"].graph.nodes  # type: ignore[attr-defined]
    write(hands, "x = tensor(2.0, requires_grad=True)\nh = 3*x**2 + 1\nh.backward()")
    assert column(panel, 1) == {"x": "2", "h": "13"}
    assert grads(panel) == {"x": "12", "h": "None"}
    assert column(panel, 6)["h"] == "AddBackward0"


def test_templates_show_the_numbers_of_the_notes(hands: Hands) -> None:
    panel = open_lab(hands)
    for name, expected in (
        ("autograd_04_chain_relu", {"x": "12"}),
        ("autograd_06_tanh", {"x": "0.419974"}),
        ("autograd_07_sigmoid", {"x": "0.196612"}),
        ("autograd_12_vector", {"x": "[2, 4, 6]"}),
    ):
        choose(hands, name)
        shown = grads(panel)
        assert {key: shown[key] for key in expected} == expected, name
        assert not panel.results.card.isVisible()


def test_losses_and_jacobian(hands: Hands) -> None:
    panel = open_lab(hands)
    choose(hands, "loss_02_cross_entropy")
    assert "0.241311" in column(panel, 1).values()
    choose(hands, "autograd_17_jacobian")
    assert any(
        "-1.12" in text and "-1.83" in text for text in (*column(panel, 1).values(), panel.printed.toPlainText())
    )


def test_the_third_backward_is_a_card_that_names_the_node(hands: Hands) -> None:
    panel = open_lab(hands)
    choose(hands, "autograd_09_retain_graph")
    assert panel.printed.toPlainText().split("\n") == ["tensor(12.)", "tensor(24.)"]
    assert grads(panel)["x"] == "24" and column(panel, 7)["x"] == "2"
    card, view = panel.results.card, panel.view
    assert view is not None
    last = len(panel.text.rstrip().split("\n"))
    assert card.isVisible() and card.what.text().startswith(f"Line {last}: ")
    assert "retain_graph=True" in card.why.text()
    assert panel.editor.mark_of(last)[1] == "!"
    hands.click(card.fold)
    assert "second time" in card.details.text()
    hands.click(card.node)
    tape, cursor = hands.bench.stepping.tape, hands.bench.stepping.cursor
    assert tape is not None and tape.events[cursor].node == view.errors[0].node


def test_a_refused_line_says_so_at_the_line(hands: Hands) -> None:
    panel = open_lab(hands)
    write(hands, "x = tensor(2.0)\nimport os\ny = x.__class__")
    assert panel.sentences.isVisible()
    assert panel.sentences.texts()[0].startswith("✕  Line 2: Imports are neither needed nor possible")
    assert panel.editor.tip_of(2).startswith("Imports are neither needed nor possible")
    assert [panel.editor.mark_of(line)[1] for line in (1, 2, 3)] == ["", "!", "!"]
    assert column(panel, 1) == {"x": "2"}  # what stands above it has run


def test_relu_while_x_is_moved_through_zero(hands: Hands) -> None:
    panel = open_lab(hands)
    write(hands, "x = tensor(0.1, requires_grad=True)\nh = relu(x)\nh.backward()")
    editor = panel.editor
    editor.go_to(1)
    seen = [grads(panel)["x"]]
    for value in ("0.0", "-0.1"):
        QTest.keyClick(editor, Qt.Key.Key_Down, ALT)
        assert editor.text.startswith(f"x = tensor({value}, ")
        fresh(hands)
        seen.append(grads(panel)["x"])
    assert seen == ["1", "zeros ()", "zeros ()"]


def test_the_arrow_keys_walk_the_tape_and_the_line_lights_up(hands: Hands) -> None:
    panel = open_lab(hands)
    write(hands, "x = tensor(3.0, requires_grad=True)\ny = x**2\ny.backward()")
    tape = hands.bench.panels["tape"]
    tape.events.setFocus()  # type: ignore[attr-defined]
    hands.key(Qt.Key.Key_Home)
    seen = [(tape.events.currentIndex().data(), panel.editor.shown_line)]  # type: ignore[attr-defined]
    for _ in range(3):
        hands.key(Qt.Key.Key_Right)
        seen.append((tape.events.currentIndex().data(), panel.editor.shown_line))  # type: ignore[attr-defined]
    assert [line for _, line in seen] == [1, 2, 3, 3]
    assert [name.split(" · ")[0] for name, _ in seen] == ["Forward", "Forward", "Backward", "Accumulate"]
    ledger = hands.bench.panels["ledger"]
    hands.bench.window.docks["ledger"].raise_()
    hands.wait(ledger.isVisible)
    assert table_texts(ledger.table)[0][3] == "6"  # type: ignore[attr-defined]
    hands.key(Qt.Key.Key_Home)
    assert table_texts(ledger.table)[0][3] == "None"  # type: ignore[attr-defined]


def test_fast_typing_sends_one_text_after_the_other_and_ends_with_the_newest(hands: Hands) -> None:
    panel = open_lab(hands)
    bench = hands.bench
    sent: list[str] = []
    answered: list[str] = []
    bench.pump.updated.connect(
        lambda update: answered.append(update.lab.source) if "lab" in update.changed and update.lab else None
    )
    send = bench.lab._send
    bench.lab._send = lambda command: (sent.append(command.source), send(command))[1]  # type: ignore[attr-defined, func-returns-value]
    editor = panel.editor
    editor.go_to(3)
    for _ in range(30):
        QTest.keyClick(editor, Qt.Key.Key_Up, ALT)  # each asks for an evaluation at once
    hands.wait(lambda: bool(answered) and answered[-1] == panel.text)
    assert "tensor(6.0" in panel.text
    assert len(sent) < 30 and sent == answered
    assert grads(panel)["x"] == "12"


def test_the_run_and_its_tape_are_left_alone(hands: Hands) -> None:
    bench = hands.bench
    hands.press("Step")
    hands.press("Take the next step apart", bench.window.docks["tape"])
    hands.wait(lambda: bench.stepping.tape is not None)
    of_the_run = bench.stepping.tape
    bench.stepping.move_to(7)
    open_lab(hands)
    write(hands, "x = randn(3, requires_grad=True)\nx.sum().backward()")
    assert bench.stepping.tape is not of_the_run
    hands.press("Step")
    assert bench.stepping.tape is of_the_run and bench.stepping.cursor == 7
    assert hands.status.step == 0


def test_keys_in_the_text_mean_the_text(hands: Hands) -> None:
    bench = hands.bench
    panel = open_lab(hands)
    project, text = bench.store.project, panel.text
    editor = panel.editor
    hands.click(editor.viewport())
    QTest.keyClick(editor, Qt.Key.Key_End, CTRL)
    QTest.keyClicks(editor, "z = 1")
    assert panel.text == text + "z = 1"
    for _ in range(8):
        QTest.keyClick(editor, Qt.Key.Key_Z, CTRL)
    assert panel.text == text and bench.store.project is project
    QTest.keyClick(editor, Qt.Key.Key_Return, CTRL)
    fresh(hands)
    assert hands.status.step == 0 and hands.status.state != "running"
    assert bench.window.docks["tape"].windowTitle() == "Tape of the lab's text"
    hands.press("Build")
    assert bench.window.docks["tape"].windowTitle() == "Tape of one step"


def test_a_box_of_the_graph_goes_to_its_moment_and_selects_no_layer(hands: Hands) -> None:
    bench = hands.bench
    panel = open_lab(hands)
    write(hands, "input = tensor(2.0, requires_grad=True)\ny = input**2\nz = relu(y)")
    tape = bench.stepping.tape
    assert tape is not None
    boxes = {node.title: node for node in tape.graph.nodes}
    for title, name, line in (("PowBackward0", "pow", 2), ("ReluBackward0", "relu", 3), ("z", "relu", 3)):
        bench.stepping.first()
        bench.panels["graph"].nodePicked.emit(boxes[title])  # type: ignore[attr-defined]
        assert tape.events[bench.stepping.cursor].name == name
        assert panel.editor.shown_line == line
    bench.panels["ledger"].layerPicked.emit("input")  # type: ignore[attr-defined]
    assert bench.store.selection == ()
