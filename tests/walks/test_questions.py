"""Stories of questions: an official wants to know more, the requester answers, and then it is decided.

Each story has a newcomer of its own and makes what it needs: it can run alone and in any order.
"""

import re

from playwright.sync_api import expect

from tests.walks.acts import ALABAMA, FLORIDA, MDS, Visit, approve, asked, card, my_profile, of_state, user_roles
from tests.walks.stack import Mailbox, link_in
from tests.walks.visitor import PHONE

SAGU = "State Agency S&C General User"
QUESTION = "Which surveys will you take part in? <i>And</i> what is your employee ID?"
ANSWER = "Those of nursing homes & hospices."


def answer_page(mail: dict[str, str]) -> str:
    """Returns the address at which a question is answered."""
    found = re.search(r"https?://\S+/questions/\S+", mail["text"])
    assert found, mail["text"]
    return found.group(0)


def test_question_then_answer_then_approval(visit: Visit, mailbox: Mailbox) -> None:
    requester, links = asked(visit, mailbox, of_state("quentin.ash", SAGU, "Alabama", *ALABAMA))
    official = visit(width=PHONE)
    official.open(links["loretta.simmons"])
    official.press("Send the question")
    official.sees("There is a problem", "Enter your question")
    official.fill("Your question", QUESTION)
    official.choose("State Agency Employee ID")
    official.press("Send the question")
    official.sees("Questions to Quentin Ash", QUESTION, "No answer yet.", "A question waits for its answer.")

    mail = mailbox.expect("quentin.ash", "Loretta Simmons has a question, answer by ")
    assert "<i>And</i>" not in mail["html"]
    my_profile(requester)
    expect(card(requester, SAGU)).to_contain_text("Loretta Simmons asks you a question")
    expect(card(requester, SAGU)).not_to_contain_text("Expires")  # the clock rests
    requester.examine(answer_page(mail))
    requester.sees(QUESTION, "for the Security Officials of Alabama")
    requester.press("Send the Answer")
    requester.sees("Enter your answer.")
    requester.fill("Your answer", ANSWER)
    requester.fill("State Agency Employee ID", "AL 4711")
    requester.press("Send the Answer")
    requester.sees("Answer Sent")
    expect(card(requester, SAGU)).to_contain_text("AL 4711")
    requester.open(answer_page(mail))
    requester.sees_heading("This question needs no answer any more")

    mail = mailbox.expect("loretta.simmons", "Quentin Ash answered, decide by ")
    for words in (ANSWER, "State Agency Employee ID: now AL 4711, before empty"):
        assert words in mail["text"]
    official.open(link_in(mail))
    official.sees(ANSWER, "What the answer changed")
    approve(official, link_in(mail))
    mailbox.expect("quentin.ash", f"Approved: {SAGU}")
    my_profile(requester)
    expect(requester.page.get_by_text(re.compile("^Expires"))).to_have_count(0)
    assert f"{SAGU} - Alabama" in user_roles(requester)


def test_who_asked_may_decide_without_waiting_and_then_no_answer_is_taken_without_scripts_too(
    visit: Visit, mailbox: Mailbox
) -> None:
    _, links = asked(visit, mailbox, of_state("petra.lind", MDS, "Florida", *FLORIDA))
    official = visit(scripts=False)
    official.open(links["marisol.fuentes"])
    official.fill("Your question", QUESTION)
    official.press("Send the question")
    official.sees("You can decide without it.")
    page = answer_page(mailbox.expect("petra.lind", "Marisol Fuentes has a question"))
    approve(official, links["marisol.fuentes"])
    mailbox.expect("petra.lind", f"Approved: {MDS}")
    requester = visit("petra.lind", scripts=False)
    requester.log_in()
    requester.open(page)
    requester.sees("This question needs no answer any more", "Your request was approved in the meantime.")
    expect(requester.page.get_by_role("button", name="Send the Answer")).to_have_count(0)
