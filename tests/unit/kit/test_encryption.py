from uuid import UUID

import pytest

from webapp.kit.encryption import NotDecrypted, SecretCipher

SECRET, OWNER, OTHER = "a secret of the settings", UUID(int=1), UUID(int=2)


def test_a_text_is_read_again_by_its_owner_only() -> None:
    cipher = SecretCipher(SECRET, purpose="tests")
    encrypted = cipher.encrypt("JBSWY3DP", owner_id=OWNER)

    assert "JBSWY3DP" not in encrypted
    assert encrypted != cipher.encrypt("JBSWY3DP", owner_id=OWNER)
    assert cipher.decrypt(encrypted, owner_id=OWNER) == "JBSWY3DP"
    with pytest.raises(NotDecrypted):
        cipher.decrypt(encrypted, owner_id=OTHER)


@pytest.mark.parametrize(
    ("secret", "purpose"), [(f"{SECRET}!", "tests"), (SECRET, "other tests")]
)
def test_another_secret_or_purpose_reads_nothing(secret: str, purpose: str) -> None:
    encrypted = SecretCipher(SECRET, purpose="tests").encrypt("x", owner_id=OWNER)

    with pytest.raises(NotDecrypted):
        SecretCipher(secret, purpose=purpose).decrypt(encrypted, owner_id=OWNER)
