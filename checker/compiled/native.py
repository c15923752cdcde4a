"""From IR to machine code by llvmlite; as bytes that can be kept, and as functions that can be called.

The code of one text needs nothing from outside: a stretch of bytes, and where in it its functions begin. So a kept copy
is called without llvmlite, whose import alone takes longer than many an exploration.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.compiled import copies

_ELF_64_LITTLE = b"\x7fELF\x02\x01"


class NotNative(Exception):
    """This machine cannot compile or cannot run compiled code; one sentence says why."""


@dataclass(frozen=True)
class Code:
    """Machine code, and where in it each function begins, in bytes."""

    text: bytes
    functions: Mapping[str, int]


def compiled(ir: str, *, thoroughly: bool) -> Code:
    """Return the machine code of a text of IR: soon, or better code in twice the time.

    Raise NotNative without llvmlite or on a system it is not for.
    """
    try:
        import llvmlite.binding as llvm
    except (ImportError, OSError, RuntimeError) as error:
        raise NotNative(f"llvmlite is not usable ({error})") from error
    try:
        return from_elf(_object(llvm, ir, thoroughly=thoroughly))
    except NotNative:  # where constants cannot be reached from the code: no vectors, then, which have some
        return from_elf(_object(llvm, ir.replace("nounwind", "nounwind noimplicitfloat"), thoroughly=thoroughly))


def _object(llvm: Any, ir: str, *, thoroughly: bool) -> bytes:
    """Return the object file that llvmlite makes of a text of IR."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(ir)
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=2,
        reloc="pic",
        codemodel="small",
    )
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    passes = builder.getModulePassManager() if thoroughly else _few_passes(llvm.create_new_module_pass_manager())
    passes.run(module, builder)
    image: bytes = machine.emit_object(module)
    return image


def _few_passes(passes: Any) -> Any:
    """Return the passes that matter most: inlining, registers for variables, constants, nothing worked out twice."""
    passes.add_always_inliner_pass()
    passes.add_global_dead_code_eliminate_pass()
    passes.add_sroa_pass()
    passes.add_sccp_pass()
    passes.add_simplify_cfg_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.add_new_gvn_pass()
    passes.add_dead_code_elimination_pass()
    return passes


def from_elf(image: bytes) -> Code:
    """Return the code in an object file, its constants behind it. Raise NotNative if it needs something else."""
    if not image.startswith(_ELF_64_LITTLE):
        raise NotNative("compiled code can be kept only where object files are ELF, 64 bits, little-endian")
    sections = _sections(image)
    text, begins = bytearray(), {}
    for i, section in sorted(enumerate(sections), key=lambda each: each[1].name != ".text"):
        if section.kind == _PROGRAM and section.name.startswith((".text", ".rodata")):
            text += bytes(-len(text) % max(section.align, 1))
            begins[i] = len(text)
            text += section.content
    symbols = next(section for section in sections if section.kind == _SYMBOLS)
    found = [struct.unpack_from("<IBBHQQ", symbols.content, at) for at in range(0, len(symbols.content), 24)]
    machine = struct.unpack_from("<H", image, 18)[0]
    for section in sections:
        if section.kind in (_REL, _RELA) and section.info in begins:
            _relocate(text, section, begins, found, machine)
    names = sections[symbols.link].content
    functions = {
        names[label : names.index(b"\0", label)].decode(): begins[section] + value
        for label, kind, _, section, value, _ in found
        if kind & 15 == _FUNCTION and section in begins
    }
    return Code(bytes(text), functions)


_PROGRAM, _SYMBOLS, _RELA, _REL = 1, 2, 4, 9
_FUNCTION = 2
_X86_64, _RELATIVE = 62, (2, 4)
"""What R_X86_64_PC32 and R_X86_64_PLT32 say: 32 bits, how far a place of the code lies from where they stand."""


@dataclass(frozen=True)
class _Section:
    """A section of an object file: link and info name other sections by number."""

    name: str
    kind: int
    content: bytes
    link: int
    info: int
    align: int


def _sections(image: bytes) -> list[_Section]:
    (offset,), (size, count, names) = struct.unpack_from("<Q", image, 0x28), struct.unpack_from("<3H", image, 0x3A)
    headers = [struct.unpack_from("<IIQQQQIIQQ", image, offset + size * i) for i in range(count)]

    def name(at: int) -> str:
        begin = headers[names][4] + at
        return image[begin : image.index(b"\0", begin)].decode()

    return [
        _Section(name(label), kind, image[begin : begin + length], link, info, align)
        for label, kind, _, _, begin, length, link, info, align, _ in headers
    ]


def _relocate(
    text: bytearray, section: _Section, begins: Mapping[int, int], symbols: Sequence[tuple[int, ...]], machine: int
) -> None:
    """Write into the code how far apart its own places lie. Raise NotNative for a place that is not its own."""
    for at in range(0, len(section.content), 24):
        offset, what, addend = struct.unpack_from("<QQq", section.content, at)
        place, value = symbols[what >> 32][3:5]
        if section.kind != _RELA or machine != _X86_64 or what & 0xFFFF_FFFF not in _RELATIVE or place not in begins:
            raise NotNative("compiled code refers to something outside itself")
        here = begins[section.info] + offset
        struct.pack_into("<i", text, here, begins[place] + value + addend - here)


_LOADED: list[mmap.mmap] = []
"""Code in memory, which stays there for the rest of the process: somebody may call it."""


def load(code: Code) -> Mapping[str, int]:
    """Return the addresses of the functions, ready to run. Raise NotNative where no program may make code."""
    try:
        memory = mmap.mmap(-1, len(code.text), prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    except (OSError, AttributeError) as error:
        raise NotNative(f"this system does not let a program make machine code ({error})") from error
    memory.write(code.text)
    _LOADED.append(memory)
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    return {name: base + at for name, at in code.functions.items()}


def function(address: int, arguments: int) -> Callable[..., int]:
    """Return the function at an address: of so many arguments, each a 64-bit number or an address."""
    return ctypes.CFUNCTYPE(ctypes.c_uint64, *[ctypes.c_uint64] * arguments)(address)


def number(value: int) -> ctypes.c_uint64:
    """Return an argument made ready once for calls to come: passing it takes half the time then."""
    return ctypes.c_uint64(value)


# --- kept copies ------------------------------------------------------------------------------------------------------


def kept(key: str) -> Code | None:
    """Return the kept copy of this key, or None."""
    content = copies.kept(key)
    if content is None:
        return None
    head, _, text = content.partition(b"\0")
    pairs = (line.split() for line in head.decode().splitlines())
    return Code(text, {name: int(at) for name, at in pairs})


def keep(key: str, code: Code) -> None:
    """Keep a copy."""
    head = "".join(f"{name} {at}\n" for name, at in sorted(code.functions.items()))
    copies.keep(key, head.encode() + b"\0" + code.text)


def machine_key() -> str:
    """Return what of this machine decides about its code: architecture, system, the processor's abilities."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            abilities = file.read(8192).split("\n\n", 1)[0]
    except OSError:
        import platform

        abilities = platform.processor()
    wanted = [line for line in abilities.splitlines() if line.split("\t")[0] in ("flags", "Features", "model name")]
    machine = os.uname().machine if hasattr(os, "uname") else ""
    return " ".join((machine, sys.platform, *(wanted or [abilities])))
