// What has no business in a recording: programs, scripts, archives and documents behind a tag, in it, or after the last
// frame. Samples are nearly random bytes, a hundred million of them: each rule asks for more than 48 bits in all.

rule windows_program : hidden
{
    meta:
        sentence = "A Windows program is hidden in this file."
    strings:
        $mz = "MZ"
        $stub = "This program cannot be run in DOS mode"
    condition:
        $stub or for any i in (1..#mz) : (
            uint32(@mz[i] + 0x3c) < 0x1000 and uint32(@mz[i] + uint32(@mz[i] + 0x3c)) == 0x00004550
        )
}

rule unix_program : hidden
{
    meta:
        sentence = "A Unix program is hidden in this file."
    strings:
        $elf = { 7F 45 4C 46 (01 | 02) (01 | 02) 01 (00 | 03) }
        $macho_64 = { CF FA ED FE (07 | 0C) 00 00 01 }
        $macho_fat = { CA FE BA BE 00 00 00 0? 0? 00 00 }
        $wasm = { 00 61 73 6D 01 00 00 00 }
        $dex = "dex\n03"
    condition:
        any of them
}

rule archive : hidden
{
    meta:
        sentence = "An archive is hidden in this file."
    strings:
        $zip_entry = { 50 4B 03 04 ( 0A | 14 | 2D | 33 | 3F ) 00 }
        $zip_end = { 50 4B 05 06 00 00 00 00 }
        $rar = { 52 61 72 21 1A 07 (00 | 01) }
        $seven = { 37 7A BC AF 27 1C 00 0? }
        $cab = { 4D 53 43 46 00 00 00 00 ?? ?? ?? ?? 00 00 00 00 }
    condition:
        ($zip_entry and $zip_end) or $rar or $seven or $cab
}

rule script : hidden
{
    meta:
        sentence = "A script is hidden in this file."
    strings:
        $php = "<?php" nocase
        $halt = "__HALT_COMPILER();" nocase
        $asp = "<%@ Page" nocase
        $shebang = /#! ?\/(usr\/)?(local\/)?bin\/(env |ba|da|z|k|c)?(sh|python|perl|ruby|node|php)/
        $powershell = /powershell(\.exe)? +-(e|enc|encodedcommand|nop|w|windowstyle|ep|exec) /  nocase
        $wscript = "WScript.Shell" nocase
        $cmd = "cmd.exe /c" nocase
    condition:
        any of them
}

rule web_page : hidden
{
    meta:
        sentence = "A web page is hidden in this file."
    strings:
        $script = /<script[ \t\r\n>\/]/ nocase
        $html = /<!doctype html/ nocase
        $frame = /<(iframe|object|embed|applet)[ \t\r\n]/ nocase
        $svg = /<svg[ \t\r\n][^<]{0,200}xmlns/ nocase
        $uri = "javascript:" nocase
        $handler = /<[a-z]{1,10}[^<>]{0,100} on(error|load|click|focus)[ ]?=/ nocase
    condition:
        any of them
}

rule document : hidden
{
    meta:
        sentence = "A document is hidden in this file."
    strings:
        $pdf = /%PDF-[12]\.[0-9]/
        $pdf_end = "%%EOF"
        $office = { D0 CF 11 E0 A1 B1 1A E1 }
        $rtf = "{\\rtf1"
    condition:
        ($pdf and $pdf_end) or $office or $rtf
}

rule playlist : hidden
{
    meta:
        sentence = "This file is a playlist that points to other files."
    strings:
        $m3u = "#EXTM3U"
        $ffconcat = "ffconcat version"
        $dash = "urn:mpeg:dash:schema"
    condition:
        any of them
}
