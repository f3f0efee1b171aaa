// Every page works without this; what is here makes the same pages quicker to use.
import { startActs } from "./acts.js";
import { startKeyboard } from "./keyboard.js";
import { startPicture } from "./picture.js";
import { startSearch } from "./search.js";

startActs();
startKeyboard();
const form = document.getElementById("search");
startPicture(form && startSearch(form));
