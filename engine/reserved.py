"""Names that a layer cannot have, because every torch.nn.Module has an attribute of that name or the code needs it.

A list and not `dir(torch.nn.Module())`, for the document half runs without torch; a test compares the two.
"""

from __future__ import annotations

CODE_IDS = frozenset({"forward", "train", "eval", "training", "parameters", "modules", "self", "x", "torch", "nn"})
"""Never accepted, in no file. Of the others a file may hold some, from a time when they were not refused: they work."""

_MODULE_NAMES = """
T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr
float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers
named_children named_modules named_parameters parameters register_backward_hook register_buffer register_forward_hook
register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook
register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook
register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train training
type xpu zero_grad
_apply _backward_hooks _backward_pre_hooks _buffers _call_impl _compiled_call_impl _forward_hooks
_forward_hooks_always_called _forward_hooks_with_kwargs _forward_pre_hooks _forward_pre_hooks_with_kwargs
_get_backward_hooks _get_backward_pre_hooks _get_name _is_full_backward_hook _load_from_state_dict
_load_state_dict_post_hooks _load_state_dict_pre_hooks _maybe_warn_non_full_backward_hook _modules _named_members
_non_persistent_buffers_set _parameters _register_load_state_dict_pre_hook _register_state_dict_hook
_replicate_for_data_parallel _save_to_state_dict _slow_forward _state_dict_hooks _state_dict_pre_hooks _version
_wrapped_call_impl
"""

RESERVED_IDS = CODE_IDS | frozenset(_MODULE_NAMES.split())


def is_reserved(name: str) -> bool:
    """Whether no layer can be given this name; what begins with two underscores belongs to Python."""
    return name in RESERVED_IDS or name.startswith("__")
