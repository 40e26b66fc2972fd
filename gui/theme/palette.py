"""A theme's colours as Qt's palette: what Fusion draws by itself then fits the style sheet."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from gui.theme.tokens import Theme

Role = QPalette.ColorRole


def palette(theme: Theme) -> QPalette:
    """Every role that Fusion and our widgets read."""
    result = QPalette()
    roles = {
        Role.Window: theme.window,
        Role.WindowText: theme.text,
        Role.Base: theme.field,
        Role.AlternateBase: theme.raised,
        Role.Text: theme.text,
        Role.PlaceholderText: theme.muted,
        Role.Button: theme.raised,
        Role.ButtonText: theme.text,
        Role.BrightText: theme.problem,
        Role.ToolTipBase: theme.raised,
        Role.ToolTipText: theme.text,
        Role.Highlight: theme.accent,
        Role.HighlightedText: theme.on_accent,
        Role.Accent: theme.accent,
        Role.Link: theme.accent,
        Role.LinkVisited: theme.accent,
        Role.Light: theme.raised,
        Role.Midlight: theme.raised,
        Role.Mid: theme.border,
        Role.Dark: theme.border,
        Role.Shadow: theme.border,
    }
    for role, colour in roles.items():
        result.setColor(role, QColor(colour))
    for role in (Role.WindowText, Role.Text, Role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.muted))
    return result
