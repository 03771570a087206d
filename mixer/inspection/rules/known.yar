// What is malware wherever it is found.

rule eicar_test_file : malware
{
    meta:
        sentence = "This file holds the EICAR test virus."
    strings:
        $eicar = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    condition:
        $eicar
}
